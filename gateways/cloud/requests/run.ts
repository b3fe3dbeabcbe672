import type { JobId } from "#domain/kernel/ids.ts"
import type { RequestMode, RequestPriority } from "#domain/request/index.ts"
import type { KeptCall } from "#commands/request/kept-reply.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { LoopbackReply, LoopbackRequest } from "../../ports/loopback.ts"
import type { Generation, RequestPlace, Requests } from "../../ports/requests.ts"
import { JOB_ID_HEADER } from "../conversation/job-id-header.ts"
import { isEventStream, partCutter } from "./reply-parts.ts"
import { contentHeaders, interruptedReply, keptHeaders } from "./request-problems.ts"
import { type ReplyHead, Tape } from "./tape.ts"
import type { Task } from "./tickets.ts"
import { type Verdict, verdictOf } from "./verdict.ts"

export interface Running extends RequestPlace, Generation {
  readonly caller: Caller
  readonly mode: RequestMode
  readonly priority: RequestPriority
  readonly call: KeptCall
}

export interface RunDeps {
  readonly requests: Requests
  readonly ask: (call: KeptCall, task: Task) => LoopbackRequest
  readonly now: () => number
}

/** Before a reply that could not be kept is tried to be kept again. */
const KEEP_AGAIN_MS = 1_000

/** One generation of one request, at work in this gateway. Whoever wants its reply reads the tape. */
export class Run {
  readonly tape: Tape
  readonly request: Running
  /** Over, and on record. How it went; `again` is for whoever started it to do. */
  readonly concluded: Promise<Verdict["type"]>
  readonly #deps: RunDeps
  readonly #inner: LoopbackRequest
  readonly #keeping = Promise.withResolvers<boolean>()
  #readers = 0
  #wantedAt: number
  #cancelled = false
  #deliveredTokens = 0
  #isElsewhere = false

  constructor(request: Running, deps: RunDeps) {
    const { caller, mode, priority, call, generation } = request
    this.request = request
    this.#deps = deps
    this.tape = new Tape(generation)
    this.#wantedAt = deps.now()
    const terms = mode === "attached" ? null : mode === "batch" ? "batch" : "polling"
    this.#inner = deps.ask(call, { caller, mode: terms, priority, keeping: this.#keeping.promise, failing: (tokens) => (this.#deliveredTokens = tokens) })
    this.concluded = this.#run()
  }

  /** A reader comes; call what it gives when the reader goes. */
  readonly attach = (): (() => void) => {
    this.#readers += 1
    return () => {
      this.#readers -= 1
      this.want()
    }
  }

  /** Somebody elsewhere still waits for it. */
  want(): void {
    this.#wantedAt = this.#deps.now()
  }

  /** Nobody has wanted it for so long; for ever wanted is what is fetched later. */
  isUnwanted(graceMs: number): boolean {
    return this.request.mode === "attached" && this.#readers === 0 && this.#deps.now() - this.#wantedAt > graceMs
  }

  /** Over without a reply: it will be tried again. */
  get isFruitless(): boolean {
    return this.tape.done && this.tape.head === null
  }

  /** Cancelled, or taken over by another gateway: the log knows what became of it. */
  get isElsewhere(): boolean {
    return this.#isElsewhere
  }

  /** As a client that hangs up. It is on record that the request was cancelled. */
  cancel(): void {
    this.#cancelled = true
    this.#inner.hangUp()
  }

  async #run(): Promise<Verdict["type"]> {
    const reply = await this.#inner.reply.then((inner) => this.#receive(inner)).catch(() => null)
    const head = reply ?? interruptedReply()
    const { mode } = this.request
    const verdict = this.#cancelled ? ({ type: "cancelled" } as const) : verdictOf(head, head.parts, { mode, deliveredTokens: this.#deliveredTokens })
    this.#isElsewhere = !(await this.#record(verdict, head)) || verdict.type === "cancelled"
    if (this.tape.head === null && !this.#isElsewhere && verdict.type !== "again") this.#say(head)
    this.tape.end()
    return verdict.type
  }

  /** A stream is for its readers at once, a whole answer when it is kept. */
  async #receive({ status, headers, body }: LoopbackReply): Promise<ReplyHead & { readonly parts: readonly string[] }> {
    const head = { status, headers: contentHeaders(headers) }
    const isStream = isEventStream(head)
    const { cut, rest } = partCutter(isStream)
    const parts: string[] = []
    if (isStream) this.tape.begin(head)
    for await (const text of body) {
      for (const part of cut(text)) {
        parts.push(part)
        if (isStream) this.tape.add(part)
      }
    }
    if (rest() !== "") parts.push(rest())
    return { ...head, parts }
  }

  #say({ status, headers, parts }: ReplyHead & { readonly parts: readonly string[] }): void {
    if (this.tape.head === null) this.tape.begin({ status, headers })
    for (const part of parts) this.tape.add(part)
  }

  /** Until it is on record. False: it is for nobody, another gateway has taken over or the request was cancelled. */
  async #record(verdict: Verdict, reply: ReplyHead & { readonly parts: readonly string[] }): Promise<boolean> {
    for (;;) {
      try {
        const isCurrent = await this.#recordOnce(verdict, reply)
        this.#keeping.resolve(isCurrent)
        return isCurrent
      } catch {
        // The client need not wait for the store to come back.
        if (this.tape.head === null && verdict.type !== "again") this.#say(reply)
        this.tape.end()
        await new Promise((resolve) => setTimeout(resolve, KEEP_AGAIN_MS).unref())
      }
    }
  }

  async #recordOnce(verdict: Verdict, { status, headers, parts }: ReplyHead & { readonly parts: readonly string[] }): Promise<boolean> {
    const { requests } = this.#deps
    const { requestId, namespaceId, generation } = this.request
    switch (verdict.type) {
      case "keep": {
        const reply = { status, headers: keptHeaders(headers), body: parts.join("") }
        return requests.finish({ requestId, namespaceId, generation, outcome: verdict.outcome, jobIds: jobIdsOf(headers), reply })
      }
      case "drop":
        return requests.drop({ requestId, generation, code: verdict.code })
      case "return":
        return requests.giveBack({ requestId, generation })
      case "again":
      case "cancelled":
        return true
    }
  }
}

const jobIdsOf = (headers: Readonly<Record<string, string>>): readonly JobId[] => (headers[JOB_ID_HEADER] ?? "").split(",").filter(isJobId)

const isJobId = (text: string): text is JobId => text.startsWith("job_")
