import { setTimeout } from "node:timers/promises"
import { Effect } from "effect"
import { backoffMs } from "#node/backoff.ts"
import {
  ContextExceeded, EngineFailed, type EngineModel, type Generated, type InferenceEngineShape, type PromptSize, RequestUnsupported,
} from "#node/ports/inference-engine.ts"
import { OpenRequests } from "./open-requests.ts"
import type { CountEnd, GenerationEnd, LoadOptions } from "./worker-messages.ts"
import { startWorker, type WorkerProcess } from "./worker-process.ts"

export interface EngineLog {
  readonly info: (message: string) => void
  readonly warn: (message: string) => void
}

export interface LlamaOptions extends LoadOptions {
  readonly model: Pick<EngineModel, "name" | "hash">
}

export interface RunningLlama {
  readonly engine: InferenceEngineShape
  /** Of the inference process that runs now, another one after a crash; null in between. */
  readonly pid: () => number | null
  readonly stop: () => Promise<void>
}

/** A process that lived this long was well; the next restart is quick again. */
const HEALTHY_MS = 60_000

/**
 * The model in a child process. It is started again after a crash: what ran then fails, what comes meanwhile waits for the new one.
 * Rejects with `EngineFailed` when the model cannot be loaded at the start.
 */
export const startLlama = async ({ model, ...options }: LlamaOptions, log: EngineLog): Promise<RunningLlama> => {
  const requests = new OpenRequests()
  const start = (load: LoadOptions): Promise<WorkerProcess> =>
    startWorker(load, { onAnswer: (answer) => requests.answer(answer), log: (line) => log.warn(`engine: ${line}`) })
  const first = await start(options)
  const { contextLength, tasks, features } = first.facts
  const stopping = new AbortController()
  let current: WorkerProcess | null = first
  let worker: Promise<WorkerProcess> = Promise.resolve(first)

  const startAgain = async (failures: number): Promise<WorkerProcess> => {
    await setTimeout(backoffMs(failures, Math.random()), undefined, { signal: stopping.signal }).catch(() => {
      throw new EngineFailed({ message: "the engine was stopped" })
    })
    const next = await start({ ...options, contextLength })
    if (stopping.signal.aborted) await next.stop()
    else log.info("the inference process runs again")
    return next
  }
  const keepRunning = async (): Promise<void> => {
    let failures = 0
    while (!stopping.signal.aborted) {
      const since = Date.now()
      try {
        current = await worker
        const reason = await current.gone
        current = null
        requests.failAll(`the inference process ended: ${reason}`)
        if (!stopping.signal.aborted) log.warn(`the inference process ended: ${reason}; starting another`)
      } catch (cause) {
        if (!stopping.signal.aborted) log.warn(`the inference process does not start again: ${messageOf(cause)}`)
      }
      failures = Date.now() - since > HEALTHY_MS ? 0 : failures
      worker = startAgain(failures)
      // Whoever asks for the worker hears of it; nobody may be asking.
      worker.catch(() => {})
      failures += 1
    }
  }
  const supervision = keepRunning()

  return {
    engine: engineOver({ model: { ...model, contextLength, tasks, features }, slots: options.slots, requests, worker: () => worker }),
    pid: () => current?.pid ?? null,
    stop: async () => {
      stopping.abort()
      await current?.stop()
      await supervision
    },
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

interface EngineParts {
  readonly model: EngineModel
  readonly slots: number
  readonly requests: OpenRequests
  readonly worker: () => Promise<WorkerProcess>
}

const engineOver = ({ model, slots, requests, worker }: EngineParts): InferenceEngineShape => ({
  model,
  slots,
  count: (request) =>
    Effect.callback<PromptSize, EngineFailed | RequestUnsupported>((resume) => {
      const id = requests.count((end) => resume(countOutcome(end)))
      worker().then(({ send }) => send({ type: "count", id, request }), () => requests.counted(id, { type: "failed" }))
    }),
  generate: (generation, onText) =>
    Effect.callback<Generated, EngineFailed | ContextExceeded | RequestUnsupported>((resume) => {
      const ended = Promise.withResolvers<void>()
      const onEnd = (end: GenerationEnd): void => {
        resume(outcome(end))
        ended.resolve()
      }
      const id = requests.generation({ onText, onEnd })
      let abort = (): void => requests.end(id, { type: "aborted" })
      worker().then(
        ({ send }) => {
          if (!requests.isOpen(id)) return
          send({ type: "generate", id, generation })
          abort = () => send({ type: "abort", id })
        },
        (cause: unknown) => requests.end(id, { type: "failed", message: messageOf(cause) }),
      )
      // Its last tokens are still on their way when the engine is told to stop; they count.
      return Effect.promise(() => {
        abort()
        return ended.promise
      })
    }),
})

const countOutcome = (end: CountEnd): Effect.Effect<PromptSize, EngineFailed | RequestUnsupported> => {
  switch (end.type) {
    case "counted":
      return Effect.succeed(end.size)
    case "unsupported":
      return Effect.fail(new RequestUnsupported({ message: end.message }))
    case "failed":
      return Effect.fail(new EngineFailed({ message: "the engine could not count this prompt" }))
  }
}

const outcome = (end: GenerationEnd): Effect.Effect<Generated, EngineFailed | ContextExceeded | RequestUnsupported> => {
  switch (end.type) {
    case "generated":
      return Effect.succeed(end.generated)
    case "context_exceeded":
      return Effect.fail(new ContextExceeded({ promptTokens: end.promptTokens, contextLength: end.contextLength }))
    case "unsupported":
      return Effect.fail(new RequestUnsupported({ message: end.message }))
    case "failed":
      return Effect.fail(new EngineFailed({ message: end.message }))
    case "aborted":
      return Effect.interrupt
  }
}
