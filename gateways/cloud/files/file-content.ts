import { Readable } from "node:stream"
import type { FastifyReply } from "fastify"
import { type FilePlace, readPart } from "#commands/file/upload-file.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { Call } from "../../http/routes.ts"
import type { FileDeps } from "./file-deps.ts"
import { fileNotFound, storeError } from "./file-errors.ts"
import { ownFile } from "./own-file.ts"

/** Sends a file part by part, as fast as it is read. */
export const fileContent = async (deps: FileDeps, { caller, reply, param }: Call<Caller>): Promise<FastifyReply> => {
  const { file, filename } = await ownFile(deps, caller, param("file_id"))
  const parts = partsOf(deps, file)
  // The first part says whether it is there at all; behind it an error can only cut the connection.
  const first = await parts.next().catch((failure: unknown) => {
    throw storeError(failure)
  })
  if (first.done === true) throw fileNotFound()
  return reply
    .headers({ "content-length": String(file.bytes), "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(filename)}` })
    .type("application/octet-stream")
    .send(Readable.from(followedBy(first.value, parts), { objectMode: false }))
}

/** The parts of a file in order. Throws `ContentMissing` where it was erased or deleted meanwhile. */
export async function* partsOf({ run }: Pick<FileDeps, "run">, { fileId, namespaceId, parts }: FilePlace & { readonly parts: number }): AsyncGenerator<Buffer, void> {
  for (let part = 0; part < parts; part += 1) yield await run(readPart({ fileId, namespaceId, part }))
}

async function* followedBy(first: Buffer, rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield first
  yield* rest
}
