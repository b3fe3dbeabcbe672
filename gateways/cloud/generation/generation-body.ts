import { Schema } from "effect"
import { FeedbackBody } from "../feedback/feedback-body.ts"

const amount = Schema.String
const time = Schema.NullOr(Schema.Int)

const Attempt = Schema.Struct({
  attempt: Schema.Int,
  /** Nodes of this job, numbered from 1: which they are no client learns. */
  node: Schema.Int,
  assigned_at: Schema.Int,
  /** Tokens of this attempt that the client has. */
  tokens: Schema.Int,
  /** Null while it is at work. */
  outcome: Schema.NullOr(Schema.Literals(["answered", "failed", "stopped"])),
  failure: Schema.NullOr(Schema.String),
})

/** One job: one answer by one model. Times in milliseconds since 1970, durations in milliseconds, amounts in micro-credits. */
export const GenerationJob = Schema.Struct({
  job_id: Schema.String,
  status: Schema.String,
  model: Schema.String,
  mode: Schema.String,
  key_id: Schema.String,
  finish_reason: Schema.NullOr(Schema.String),
  end_reason: Schema.NullOr(Schema.String),
  cancelled: Schema.Boolean,
  attempts: Schema.Array(Attempt),
  retries: Schema.Int,
  usage: Schema.Struct({ prompt_tokens: Schema.Int, completion_tokens: Schema.Int, total_tokens: Schema.Int }),
  cost: Schema.Struct({
    /** Null until the hold has ended. */
    charged: Schema.NullOr(amount),
    held: Schema.NullOr(amount),
    /** Micro-credits per million tokens. */
    input_rate: Schema.NullOr(amount),
    output_rate: Schema.NullOr(amount),
    /** Of the published price list. */
    policy_hash: Schema.NullOr(Schema.String),
    settled_at: time,
  }),
  timings: Schema.Struct({
    submitted_at: Schema.Int,
    assigned_at: time,
    /** Null where nobody wrote it down: answers are not watched token by token. */
    first_token_at: time,
    ended_at: time,
    /** From the submission to the end. */
    duration_ms: time,
    /** Of it, until a node had the job. */
    queue_ms: time,
    /** The model at work, by the node's signed receipt. */
    generation_ms: time,
    /** The part of it in which the model was not at work. */
    latency_ms: time,
  }),
  feedback: Schema.Array(FeedbackBody),
})
export type GenerationJob = typeof GenerationJob.Type

/** One answer: all of its jobs, and what they come to. */
export const Generation = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("generation"),
  request_id: Schema.NullOr(Schema.String),
  model: Schema.String,
  streamed: Schema.Boolean,
  cancelled: Schema.Boolean,
  finish_reason: Schema.NullOr(Schema.String),
  key_id: Schema.String,
  retries: Schema.Int,
  usage: Schema.Struct({ prompt_tokens: Schema.Int, completion_tokens: Schema.Int, total_tokens: Schema.Int }),
  /** Null while a part of it is open. */
  cost_micro_credits: Schema.NullOr(amount),
  latency_ms: time,
  generation_ms: time,
  jobs: Schema.Array(GenerationJob),
}).annotate({ identifier: "Generation" })
export type Generation = typeof Generation.Type

/** What the jobs of an answer come to; the first stands for all in what cannot be added up. */
export const generationOf = (id: string, requestId: string | null, jobs: readonly [GenerationJob, ...GenerationJob[]]): Generation => {
  const [first] = jobs
  const sum = (of: (job: GenerationJob) => number): number => jobs.reduce((total, job) => total + of(job), 0)
  const longest = (of: (job: GenerationJob) => number | null): number | null => {
    const known = jobs.flatMap((job) => of(job) ?? [])
    return known.length < jobs.length ? null : Math.max(...known)
  }
  const charged = jobs.flatMap(({ cost }) => cost.charged ?? [])
  const [prompt, completion] = [sum(({ usage }) => usage.prompt_tokens), sum(({ usage }) => usage.completion_tokens)]
  return {
    id, object: "generation", request_id: requestId, model: first.model, streamed: first.mode === "stream",
    cancelled: jobs.every(({ cancelled }) => cancelled), finish_reason: first.finish_reason, key_id: first.key_id, retries: sum(({ retries }) => retries),
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
    cost_micro_credits: charged.length < jobs.length ? null : String(charged.reduce((total, one) => total + BigInt(one), 0n)),
    latency_ms: longest(({ timings }) => timings.latency_ms), generation_ms: longest(({ timings }) => timings.generation_ms), jobs,
  }
}
