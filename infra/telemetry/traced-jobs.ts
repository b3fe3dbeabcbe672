import { Effect, Exit, Option, Schema } from "effect"
import type { CommandsShape } from "#commands/handle.ts"
import type { Assignment, JobStreamShape } from "#commands/ports/job-stream.ts"
import type { TracingShape } from "#commands/ports/tracing.ts"
import { type AttemptId, JobId } from "#domain/kernel/ids.ts"
import { type CommandSpan, commandSpan } from "./command-spans.ts"

/** Attempts of this process whose span is open; beyond that the oldest go without one. */
const MAX_OPEN_ATTEMPTS = 20_000

export interface TracedJobs {
  /** Every command that a job's trace shows becomes a span of it, in whichever process it runs. */
  readonly commands: (commands: CommandsShape) => CommandsShape
  /** An attempt is a span from its delivery here to the command that ends it. */
  readonly jobStream: (jobStream: JobStreamShape) => JobStreamShape
}

interface OpenAttempt {
  readonly assignment: Pick<Assignment, "jobId" | "nodeId" | "model">
  readonly startedAt: number
}

/** Ends of an attempt, by the command's work. */
const ENDS = new Set(["complete", "fail attempt", "end"])

/** Looks at jobs where all of them pass: at the commands and at the job stream. */
export const traceJobs = (tracing: TracingShape): TracedJobs => {
  const attempts = new Map<AttemptId, OpenAttempt>()

  const began = ({ attemptId, jobId, nodeId, model }: Assignment): void => {
    if (attempts.has(attemptId)) return
    attempts.set(attemptId, { assignment: { jobId, nodeId, model }, startedAt: Date.now() })
    const oldest = attempts.keys().next()
    if (attempts.size > MAX_OPEN_ATTEMPTS && !oldest.done) attempts.delete(oldest.value)
  }
  const ended = ({ work, attemptId, facts }: CommandSpan, endedAt: number): void => {
    const attempt = attemptId === null || !ENDS.has(work) ? undefined : attempts.get(attemptId)
    if (attemptId === null || attempt === undefined) return
    attempts.delete(attemptId)
    const { startedAt, assignment: { jobId, nodeId, model } } = attempt
    const failure = work === "fail attempt" ? (facts.reason ?? "failed") : null
    const said = { attemptId, nodeId, model, ...facts }
    tracing.record({ jobId, work: "attempt", attemptId, startedAt, endedAt, facts: said, failure, linkedTo: null })
  }

  const commands: TracedJobs["commands"] = (untraced) => ({
    ...untraced,
    handle: (decider, id, command, meta) => {
      const span = commandSpan(command)
      const jobId = meta.correlationId
      if (span === null || !isJobId(jobId)) return untraced.handle(decider, id, command, meta)
      return Effect.suspend(() => {
        const [now, ticks] = [Date.now(), performance.now()]
        ended(span, now)
        return untraced.handle(decider, id, command, meta).pipe(
          Effect.onExit((exit) =>
            Effect.sync(() => {
              const { work, attemptId } = span
              const facts = Exit.isSuccess(exit) ? { ...span.facts, ...attemptNumber(exit.value.events) } : span.facts
              const [startedAt, endedAt] = [work === "assign" ? decidedAt(command, now) : now, now + performance.now() - ticks]
              tracing.record({ jobId, work, attemptId, startedAt, endedAt, facts, failure: failureOf(exit), linkedTo: null })
            }),
          ),
        )
      })
    },
  })
  const jobStream: TracedJobs["jobStream"] = (untraced) => ({
    ...untraced,
    consume: (nodeId, deliver) =>
      untraced.consume(nodeId, (delivery) => {
        began(delivery.assignment)
        deliver(delivery)
      }),
  })
  return { commands, jobStream }
}

const isJobId = Schema.is(JobId)

/** Choosing a node and asking the gateway come before the record, and belong to the assignment. */
const decidedAt = (command: unknown, now: number): number =>
  typeof command === "object" && command !== null && "at" in command && typeof command.at === "number" ? command.at : now

/** The event knows which attempt of its job it is; the command does not. */
const attemptNumber = (events: readonly object[]): { readonly attempt?: number } => {
  for (const event of events) {
    if (!("data" in event) || typeof event.data !== "object" || event.data === null || !("attempt" in event.data)) continue
    if (typeof event.data.attempt === "number") return { attempt: event.data.attempt }
  }
  return {}
}

const failureOf = (exit: Exit.Exit<unknown, unknown>): string | null => {
  if (Exit.isSuccess(exit)) return null
  const error = Option.getOrNull(Exit.findErrorOption(exit))
  return typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "defect"
}
