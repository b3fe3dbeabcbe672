import { Effect } from "effect"
import { REPLACED } from "#domain/job/index.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import type { DeliveredReply } from "#domain/protocol/bus-messages.ts"
import type { SessionServices } from "./session-services.ts"

/** For the rest of the request, whose other jobs may take longer; well within the time of an attempt. */
const KEEPING_MS = 10_000
const LONGEST_REPLY_MS = 1_000

/** Holds back the end of a job until the reply that it is a part of is kept. */
export class KeptEnd {
  readonly #services: Pick<SessionServices, "keeping" | "jobs" | "background">
  readonly #jobId: JobId
  /** Undefined while it is being kept. */
  #kept: boolean | undefined

  constructor(jobId: JobId, services: Pick<SessionServices, "keeping" | "jobs" | "background">) {
    this.#jobId = jobId
    this.#services = services
    this.#kept = services.keeping === undefined ? true : undefined
    void services.keeping?.then((kept) => (this.#kept = kept))
  }

  /** What to say to whoever is about to record the end. */
  async reply(delivered: () => DeliveredReply): Promise<DeliveredReply> {
    if (this.#kept === undefined) await within(LONGEST_REPLY_MS, this.#services.keeping)
    return this.#kept === true ? delivered() : { ...delivered(), keeping: true }
  }

  /** Runs `confirm` once the reply is kept; where another gateway took over, the job is cancelled and costs nothing. */
  confirm(confirm: Effect.Effect<void, unknown>): void {
    const { background, jobs, keeping } = this.#services
    if (keeping === undefined) return void background.run("confirm_completed", confirm)
    const kept = Effect.promise(() => within(KEEPING_MS, keeping))
    const cancel = jobs.cancel({ jobId: this.#jobId, reason: REPLACED })
    const confirmed = Effect.sync(() => (this.#kept = true)).pipe(Effect.andThen(confirm))
    void background.run("confirm_completed", Effect.flatMap(kept, () => (this.#kept === false ? cancel : confirmed)))
  }
}

const within = async (limitMs: number, done: Promise<unknown> | undefined): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([done, new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))])
  clearTimeout(timer)
}
