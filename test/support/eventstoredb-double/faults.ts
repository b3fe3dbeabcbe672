import { type Metadata, Metadata as GrpcMetadata, status, type StatusObject } from "@grpc/grpc-js"

/** Part of a double: this is not EventStoreDB. What it can be told to do wrong. */
export class Faults {
  /** So many appends are written and then refused as `UNAVAILABLE`: the caller cannot know. */
  loseAnswers = 0
  /** Hears of an append that was written and whose answer gets lost, before the caller does. */
  onLost: () => void = () => {}
  /** So many appends are written and never answered. */
  staySilent = 0
  /** Every call is refused until this is false again. */
  unavailable = false
  /** Refuse who requires a leader, and name this one. */
  leaderElsewhere: { readonly host: string; readonly port: number } | null = null
  /** Subscriptions stay open and say nothing more. */
  mute = false
  /** Repetitions are refused as a wrong version: event ids are not looked at. */
  forgetful = false
  /** Answers to appends do not say where the commit lies. */
  hidePositions = false
  /** Data of one append; the server's own default is 1 MiB. */
  maxAppendBytes = 1_048_576
  /** So many calls were refused or left without their answer. */
  hits = 0
  readonly #subscriptions = new Set<(end: Partial<StatusObject> | null) => void>()

  /** The status to refuse a call with, `null` to let it in. */
  refusal(metadata: Metadata): Partial<StatusObject> | null {
    if (this.unavailable) return this.#hit({ code: status.UNAVAILABLE, details: "Server Is Not Ready" })
    const leader = this.leaderElsewhere
    if (leader === null || metadata.get("requires-leader")[0] !== "true") return null
    const trailers = new GrpcMetadata()
    trailers.set("exception", "not-leader")
    trailers.set("leader-endpoint-host", leader.host)
    trailers.set("leader-endpoint-port", String(leader.port))
    return this.#hit({ code: status.NOT_FOUND, details: "Leader info available", metadata: trailers })
  }

  /** What happens to the answer of an append that was just written. */
  appendAnswer(): "give" | "lose" | "never" {
    if (this.staySilent > 0) {
      this.staySilent -= 1
      this.hits += 1
      return "never"
    }
    if (this.loseAnswers <= 0) return "give"
    this.loseAnswers -= 1
    this.hits += 1
    this.onLost()
    return "lose"
  }

  tooLarge(bytes: number): Partial<StatusObject> | null {
    if (bytes <= this.maxAppendBytes) return null
    const trailers = new GrpcMetadata()
    trailers.set("exception", "maximum-append-size-exceeded")
    trailers.set("maximum-append-size", String(this.maxAppendBytes))
    return this.#hit({ code: status.INVALID_ARGUMENT, details: "Maximum Append Size Exceeded", metadata: trailers })
  }

  get subscriptions(): number {
    return this.#subscriptions.size
  }

  onDrop(drop: (end: Partial<StatusObject> | null) => void): () => void {
    this.#subscriptions.add(drop)
    return () => this.#subscriptions.delete(drop)
  }

  /** Ends every subscription: with an error, or politely. */
  dropSubscriptions(how: "broken" | "ended"): void {
    const end = how === "broken" ? { code: status.UNAVAILABLE, details: "subscription dropped" } : null
    for (const drop of [...this.#subscriptions]) drop(end)
  }

  #hit(refusal: Partial<StatusObject>): Partial<StatusObject> {
    this.hits += 1
    return refusal
  }
}
