import process from "node:process"
import { UnsupportedSchema } from "../json-schema/unsupported-schema.ts"
import { explainLoadFailure } from "./explain-load-failure.ts"
import { loadModel } from "./load-model.ts"
import type { LoadedModel } from "./loaded-model.ts"
import { dropPermissions } from "./permissions.ts"
import { Unsupported } from "./refusals.ts"
import { TextOutbox } from "./text-outbox.ts"
import type { CountEnd, FromWorker, GenerationEnd, LoadOptions, ToWorker } from "./worker-messages.ts"

// The inference process: a crash of native code ends this one and not the node. It has no other life than its parent's.
process.on("disconnect", () => process.exit(0))
// Ctrl-C reaches the whole process group; the parent decides when running answers have ended.
process.on("SIGINT", () => {})
process.on("SIGTERM", () => {})

const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

const outbox = new TextOutbox((items) => send({ type: "texts", items }))
const running = new Map<number, AbortController>()
let model: LoadedModel | null = null

const load = async (options: LoadOptions): Promise<void> => {
  let lastLog = ""
  const log = (message: string): void => {
    lastLog = message
    process.stderr.write(`${message}\n`)
  }
  try {
    model = await loadModel(options, { log, onRead: dropPermissions })
    send({ type: "loaded", ...model.facts })
  } catch (cause) {
    send({ type: "load_failed", message: explainLoadFailure(cause, options, lastLog) })
  }
}

const unsupported = (cause: unknown) =>
  cause instanceof Unsupported || cause instanceof UnsupportedSchema ? { type: "unsupported" as const, message: cause.message } : null

const failed = (cause: unknown): GenerationEnd =>
  unsupported(cause) ?? { type: "failed", message: `the engine failed: ${cause instanceof Error ? cause.message : String(cause)}` }

const generate = async (id: number, generation: Extract<ToWorker, { type: "generate" }>["generation"]): Promise<void> => {
  const abort = new AbortController()
  running.set(id, abort)
  const onText = (text: string, tokens: number): void => outbox.push([id, text, tokens])
  const end = await (model?.generate(generation, onText, abort.signal).catch(failed) ?? failed("no model is loaded"))
  running.delete(id)
  outbox.flush()
  send({ type: "ended", id, end })
}

const count = async (id: number, request: Extract<ToWorker, { type: "count" }>["request"]): Promise<void> => {
  const end = await countEnd(request).catch((cause: unknown): CountEnd => unsupported(cause) ?? { type: "failed" })
  send({ type: "counted", id, end })
}

const countEnd = async (request: Extract<ToWorker, { type: "count" }>["request"]): Promise<CountEnd> =>
  model === null ? { type: "failed" } : { type: "counted", size: await model.count(request) }

process.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "load":
      return void load(message.options)
    case "generate":
      return void generate(message.id, message.generation)
    case "abort":
      return running.get(message.id)?.abort()
    case "count":
      return void count(message.id, message.request)
  }
})
