import { Busboy } from "@fastify/busboy"
import { Readable } from "node:stream"
import type { FastifyRequest } from "fastify"
import { ApiError, badRequest } from "../../http/api-error.ts"
import { fileTooLarge } from "./file-errors.ts"

const FILE_FIELD = "file"
const UNNAMED = "upload"
const MULTIPART = /^multipart\/form-data\s*;/i
const LIMITS = { fieldNameSize: 100, fieldSize: 1_024, fields: 16, files: 1, headerPairs: 32, headerSize: 8 * 1024 }

export interface FileForm {
  readonly fields: ReadonlyMap<string, string>
  /** Null: the form had none. */
  readonly kept: { readonly bytes: number } | null
}

interface FormReading {
  readonly maxFileBytes: number
  /** Takes the file in as it comes; the form is read no faster than that. */
  readonly keep: (filename: string, bytes: AsyncIterable<Buffer>) => Promise<{ readonly bytes: number }>
}

/** Reads a form with one file, as a stream: fields may come before the file or behind it. Throws what is wrong with it. */
export const readFileForm = async (request: FastifyRequest, { maxFileBytes, keep }: FormReading): Promise<FileForm> => {
  const contentType = request.headers["content-type"]
  const { body } = request
  if (contentType === undefined || !MULTIPART.test(contentType) || !(body instanceof Readable)) throw noForm()
  const form = formParser({ ...request.headers, "content-type": contentType }, maxFileBytes)
  const fields = new Map<string, string>()
  const read = Promise.withResolvers<void>()
  let file: Readable | null = null
  let keeping: Promise<{ readonly bytes: number } | null> = Promise.resolve(null)
  /** Whoever is still sending gets to read the refusal. */
  const fail = (error: Error): void => {
    body.unpipe(form)
    body.resume()
    file?.destroy(error)
    read.reject(error)
  }
  body.once("close", () => !body.readableEnded && fail(malformedForm())).once("error", () => fail(malformedForm()))
  form.on("field", (name, value) => void fields.set(name, value))
  form.on("file", (name, stream, filename) => {
    stream.on("error", () => {})
    if (name !== FILE_FIELD) return void stream.resume()
    file = stream
    keeping = keep(filename ?? UNNAMED, whole(stream, maxFileBytes))
    keeping.catch((error: unknown) => fail(error instanceof Error ? error : new Error("the file could not be kept", { cause: error })))
  })
  form.on("filesLimit", () => fail(badRequest({ code: "invalid_value", param: FILE_FIELD, message: "One file at a time: the form has several." })))
  form.on("error", () => fail(malformedForm()))
  form.on("finish", () => read.resolve())
  body.pipe(form)
  try {
    await read.promise
  } catch (error) {
    // Whoever keeps it is done before its pieces are taken away.
    await keeping.catch(() => null)
    throw error
  }
  return { fields, kept: await keeping }
}

async function* whole(stream: Readable & { readonly truncated: boolean }, maxFileBytes: number): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    if (stream.truncated) throw fileTooLarge(maxFileBytes)
    yield chunk
  }
  if (stream.truncated) throw fileTooLarge(maxFileBytes)
}

const formParser = (headers: { readonly "content-type": string }, fileSize: number) => {
  try {
    return new Busboy({ headers, limits: { ...LIMITS, fileSize } })
  } catch {
    throw malformedForm()
  }
}

const noForm = () =>
  new ApiError({
    status: 400, type: "invalid_request_error", code: "invalid_content_type",
    message: "A file is sent as multipart/form-data, with the fields 'file' and 'purpose'.",
  })

const malformedForm = () => badRequest({ code: "malformed_form", message: "The form could not be read, or broke off." })
