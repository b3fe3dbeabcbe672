import { Effect } from "effect"
import { REPLACED } from "#domain/job/index.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import type { DeliveredReply } from "#domain/protocol/bus-messages.ts"
import type { SessionServices } from "./session-services.ts"

/** For the store that keeps replies for repeats; well within the time of an attempt. */
const KEEPING_MS = 10_000
const LONGEST_REPLY_MS = 1_000

type Services = Pick<SessionServices, "keeping" | "jobs" | "background">

/**
 * Holds back the end of a job until the reply that it is a part of is sent, and kept where it is to be. A job that is called off has its
 * cancel on record before its end, so that the log knows what the end is worth.
 */
export class KeptEnd {
  readonly #services: Services
  readonly #jobId: JobId
  readonly #opened = Promise.withResolvers<void>()
  #isOpen = false
  #isFinished = false
  #isCalledOff = false
  #isWithdrawn = false
  /** Undefined while it is being kept. */
  #kept: boolean | undefined

  constructor(jobId: JobId, services: Services) {
    this.#jobId = jobId
    this.#services = services
    this.#kept = services.keeping === undefined ? true : undefined
    void services.keeping?.then((kept) => (this.#kept = kept))
  }

  /** The client has it, or what there is of it. */
  open(): void {
    if (!this.#isCalledOff) this.#letGo()
  }

  /** The node's answer is whole, and not yet where it belongs. */
  get isHeld(): boolean {
    return this.#isFinished && !this.#isOpen
  }

  /** Puts the cancel on record; nothing else of the job comes before it, and of a job that is `withdrawn` nothing after it. */
  cancel(reason: string, withdrawn: boolean): void {
    const { background, jobs } = this.#services
    this.#isCalledOff = true
    this.#isWithdrawn ||= withdrawn
    this.#isOpen = false
    const cancelled = Effect.map(jobs.cancel({ jobId: this.#jobId, reason }), () => this.#letGo())
    void background.runPersistently("cancel_job", cancelled)
  }

  /** What to say to whoever is about to record the end. */
  async reply(delivered: () => DeliveredReply): Promise<DeliveredReply> {
    if (!this.#isOpen || this.#kept === undefined) await within(LONGEST_REPLY_MS, Promise.all([this.#opened.promise, this.#services.keeping]))
    const isHeldBack = !this.#isOpen && (this.#isFinished || this.#isWithdrawn)
    return this.#kept === true && !isHeldBack ? delivered() : { ...delivered(), keeping: true }
  }

  /**
   * Runs `confirm` once the reply is sent and kept, or after `heldMs`. Not for a job that is withdrawn; where another gateway took over, it
   * is cancelled and costs nothing. Resolves when it is done.
   */
  confirm(attemptId: AttemptId, confirm: Effect.Effect<void, unknown>, heldMs: number): Promise<void> {
    this.#isFinished = true
    const { background, jobs, keeping } = this.#services
    const cancel = jobs.cancel({ jobId: this.#jobId, reason: REPLACED, finished: attemptId })
    const confirmed = Effect.suspend(() => {
      this.#isOpen = true
      this.#kept = true
      return confirm
    })
    const record = Effect.gen({ self: this }, function* () {
      if (!this.#isOpen) yield* Effect.promise(() => within(heldMs, this.#opened.promise))
      if (this.#isWithdrawn) return
      if (this.#kept === undefined) yield* Effect.promise(() => within(KEEPING_MS, keeping))
      yield* this.#kept === false ? cancel : confirmed
    })
    return background.run("confirm_completed", record)
  }

  #letGo(): void {
    this.#isOpen = true
    this.#opened.resolve()
  }
}

const within = async (limitMs: number, done: Promise<unknown> | undefined): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([done, new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))])
  clearTimeout(timer)
}
