import { Effect, Layer, ManagedRuntime } from "effect"
import { commandsLayer } from "#commands/handle.ts"
import { ContentStore } from "#commands/ports/content-store.ts"
import { EventStore } from "#commands/ports/event-store.ts"
import { START } from "#domain/kernel/envelope.ts"
import { BatchId, FileId } from "#domain/kernel/ids.ts"
import { file } from "#domain/file/index.ts"
import type { CloudGatewayDeps } from "#gateways/cloud/cloud-gateway.ts"
import type { FileDeps } from "#gateways/cloud/files/file-deps.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import type { FileView } from "#projections/files/query.ts"
import { GOOD_RECORD } from "./fake-network.ts"

const MANY = 10_000

/** Real commands over a log and contents in memory; only the list is made without a table. */
export const fakeFiles = (maxFileBytes = 4 * 1024 * 1024) => {
  const log = memoryLog()
  const content = memoryContentStore()
  const ports = Layer.mergeAll(Layer.succeed(EventStore, log.store), Layer.succeed(ContentStore, content))
  const runtime = ManagedRuntime.make(Layer.provideMerge(commandsLayer({}), ports))
  const events = () => Effect.runPromise(log.feed.read(START, MANY))

  const page: FileDeps["files"]["page"] = async ({ namespaceId, order, after, limit }) => {
    const views = new Map<string, FileView>()
    for (const recorded of await events()) {
      const decoded = file.codec.decode(recorded)
      const event = decoded._tag === "Success" ? decoded.success : null
      if (event?.type === "FileUploaded" && event.data.namespaceId === namespaceId) {
        views.set(event.data.fileId, { ...event.data, uploadedAt: event.data.at })
      } else if (event?.type === "FileDeleted") views.delete(event.data.fileId)
    }
    const ordered = order === "asc" ? [...views.values()] : [...views.values()].toReversed()
    const from = after === null ? 0 : ordered.findIndex(({ fileId }) => fileId === after) + 1
    return ordered.slice(from, from + limit)
  }
  const deps: Omit<FileDeps, "now"> = { run: (use) => runtime.runPromise(use), settled: async () => {}, files: { page }, isInput: async () => false, maxFileBytes }
  return { deps, content, events, runtime }
}

export const FILE_ID = FileId.make("file-00000000-0000-7000-8000-000000000001")
export const BATCH_ID = BatchId.make("batch_00000000-0000-7000-8000-000000000001")
const place = { namespaceId: GOOD_RECORD.namespaceId, at: 1, expiresAt: Number.MAX_SAFE_INTEGER }
const uploaded = { ...place, fileId: FILE_ID, purpose: "batch", bytes: 4, parts: 1 }
const created = { ...place, batchId: BATCH_ID, keyId: GOOD_RECORD.keyId, endpoint: "/v1/chat/completions", inputFileId: FILE_ID, outputKeepMs: null }
const state = {
  stage: "uploaded", uploaded, created, taken: null, started: null, results: new Int16Array(0), completed: 0, failed: 0, cancelRequestedAt: null,
  finalizing: null, ended: null, failure: null,
}
/** What any use of a file or batch may answer; as bytes it is the file's one part. */
const done = Object.assign(Buffer.from("line"), state, { position: 1n, filename: "in.jsonl", state, batch: state, metadata: null, problems: [] })

/** Has one file and one batch of the good key's namespace and does nothing: for who may ask, not for what comes of it. */
export const filesOfGoodKey = (): Pick<CloudGatewayDeps, "files" | "batches"> => ({
  files: { run: async () => done as never, settled: async () => {}, files: { page: async () => [] }, isInput: async () => false, maxFileBytes: 1_024 },
  batches: {
    batches: { page: async () => [], open: async () => [], isInput: async () => false }, unfinishedFiles: async () => [],
    lead: () => ({ stop: async () => {} }),
  },
})
