import { Effect } from "effect"
import { failAttempt } from "#commands/job/fail-attempt.ts"
import { RECORD_RETRY } from "#commands/job/record-retry.ts"
import type { BusShape } from "#commands/ports/bus.ts"
import type { ContentStoreShape } from "#commands/ports/content-store.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { Delivery, JobStreamShape } from "#commands/ports/job-stream.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import type { TelemetryShape } from "#commands/ports/telemetry.ts"
import type { AttemptFailure } from "#domain/job/index.ts"
import type { NodeModel, SessionCertificate } from "#domain/node/index.ts"
import {
  CAPACITY_TAP,
  type NodeInstruction,
  nodeSubject,
} from "#domain/protocol/bus-messages.ts"
import type { NodeFrame, TokenChunk } from "#domain/protocol/frames.ts"
import type { NodeSignaturesShape } from "../ports/node-signatures.ts"
import { AttemptBook, type RunningAttempt } from "./attempt-book.ts"
import type { CountPool } from "./count-pool.ts"
import type { Refusal } from "./envelope.ts"
import type { IoNeeds } from "./needs.ts"
import { PromptCounts } from "./prompt-counts.ts"
import { takeReceipt } from "./receipt.ts"
import { sendAssignment } from "./send-assignment.ts"
import type { Sender } from "./sender.ts"
import { Transcripts } from "./transcripts.ts"

export interface IoServices {
  readonly bus: BusShape
  readonly content: ContentStoreShape
  readonly counters: CountersShape
  /** Shared by all sessions of this process. */
  readonly counts: CountPool
  readonly jobStream: JobStreamShape
  readonly presence: PresenceShape
  readonly signatures: NodeSignaturesShape
  readonly telemetry: TelemetryShape
  /** Runs in the background; a failure is counted under `name` and logged. */
  readonly fork: (name: string, effect: Effect.Effect<unknown, unknown, IoNeeds>) => void
}

export interface SessionFacts {
  readonly certificate: SessionCertificate
  readonly models: readonly NodeModel[]
  readonly slots: number
  readonly tokensPerSecond: number
}

type ActiveFrame = Exclude<NodeFrame, { type: "hello" | "tested" }>

/** A node that may work: its assignments out, its tokens and receipts in. */
export class ActiveSession {
  readonly facts: SessionFacts
  readonly sender: Sender
  readonly services: IoServices
  readonly book = new AttemptBook()
  readonly transcripts: Transcripts
  readonly #acks = new Map<string, () => void>()
  readonly #counts = new PromptCounts()
  readonly #subscriptions: (() => void)[]
  #draining = false

  constructor(facts: SessionFacts, sender: Sender, services: IoServices) {
    this.facts = facts
    this.sender = sender
    this.services = services
    const { bus, counts, jobStream } = services
    const { nodeId } = facts.certificate
    this.transcripts = new Transcripts(bus)
    this.announce()
    this.#subscriptions = [
      jobStream.consume(nodeId, (delivery) => this.#deliver(delivery)),
      bus.subscribe(nodeSubject(nodeId), (message) => this.#instruct(message as NodeInstruction)),
      ...facts.models.map((model) =>
        counts.join(model.name, (request) => this.#counts.ask(sender, request, model.contextLength)),
      ),
    ]
    bus.publish(CAPACITY_TAP, {})
  }

  announce(): void {
    if (this.#draining) return
    const { nodeId, sessionId, environment } = this.facts.certificate
    const { models, slots, tokensPerSecond } = this.facts
    const presence = { nodeId, sessionId, environment, payee: nodeId, models, slots, tokensPerSecond, lastSeenAt: Date.now() }
    this.services.presence.announce(presence)
  }

  /** What is wrong with the frame, or null. */
  receive(frame: ActiveFrame, signed: { readonly text: string; readonly signature: string }): Refusal | null {
    switch (frame.type) {
      case "tokens":
        return this.#relay(frame.chunks)
      case "receipt":
        this.#acknowledge(frame.attempt_id)
        return takeReceipt(this, frame, signed)
      case "accepted":
        this.#acknowledge(frame.attempt_id)
        return null
      case "declined":
        this.services.counters.increment("io_declined_total", frame.reason)
        return this.#giveUp(frame.attempt_id, frame.reason === "unsupported" ? "unsupported" : "rejected_by_node")
      case "failed":
        return this.#giveUp(frame.attempt_id, "node_error")
      case "counted":
        // Late is not wrong: whoever asked has given up waiting.
        if (!this.#counts.answer(frame)) this.services.counters.increment("io_late_counts_total")
        return null
      case "heartbeat": {
        const { nodeId, sessionId } = this.facts.certificate
        const { busy, memory_bytes } = frame
        this.services.telemetry.publish("heartbeat", { node_id: nodeId, session_id: sessionId, busy, memory_bytes })
        this.announce()
        return null
      }
      case "bye":
        this.#draining = true
        this.services.presence.withdraw(this.facts.certificate)
        return null
    }
  }

  /** The connection is gone: nobody is sent here any more, and others take over what ran. */
  close(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    this.services.presence.withdraw(this.facts.certificate)
    this.#counts.close()
    for (const attempt of this.book.running) this.fail(attempt, "node_gone")
    this.services.bus.publish(CAPACITY_TAP, {})
  }

  fail(attempt: RunningAttempt, reason: AttemptFailure): void {
    const { jobId, attemptId } = attempt
    this.book.drop(attemptId)
    this.transcripts.drop(attemptId)
    this.#acknowledge(attemptId)
    this.services.fork("fail_attempt", Effect.retry(failAttempt({ jobId, attemptId, reason }), RECORD_RETRY))
  }

  #giveUp(attemptId: RunningAttempt["attemptId"], reason: AttemptFailure): Refusal | null {
    const attempt = this.book.get(attemptId)
    if (attempt === undefined) return { code: "unknown_attempt", message: "no such attempt in this session" }
    this.fail(attempt, reason)
    return null
  }

  /** The node has dealt with it, one way or another: it is not delivered again. */
  #acknowledge(attemptId: RunningAttempt["attemptId"]): void {
    this.#acks.get(attemptId)?.()
    this.#acks.delete(attemptId)
  }

  #relay(chunks: readonly TokenChunk[]): Refusal | null {
    for (const chunk of chunks) {
      const attempt = this.book.get(chunk.attempt_id)
      if (attempt === undefined) {
        // An attempt that was just given to another node: its last chunks are still on their way.
        this.services.counters.increment("io_late_chunks_total")
        continue
      }
      const refusal = this.book.take(attempt, chunk)
      if (refusal !== null) {
        this.fail(attempt, refusal.code === "receipt_mismatch" ? "invalid_receipt" : "node_error")
        return refusal
      }
      this.#acknowledge(chunk.attempt_id)
      if (chunk.text === "" && chunk.tokens === 0) continue
      this.transcripts.say(attempt.jobId, attempt.attemptId, chunk)
    }
    return null
  }

  #deliver(delivery: Delivery): void {
    const { assignment, ack } = delivery
    this.#acks.set(assignment.attemptId, ack)
    const attempt: RunningAttempt = this.book.get(assignment.attemptId) ?? {
      jobId: assignment.jobId,
      attemptId: assignment.attemptId,
      maxOutputTokens: assignment.maxOutputTokens,
      hash: this.services.signatures.hash(),
      check: null,
      sent: false,
      cancelled: false,
      chunks: 0,
      tokens: 0,
      characters: 0,
      logprobs: 0,
    }
    this.book.start(attempt)
    this.transcripts.begin(attempt.jobId, attempt.attemptId)
    if (assignment.sessionId !== this.facts.certificate.sessionId) {
      ack()
      return this.fail(attempt, "node_gone")
    }
    this.services.fork("send_assignment", sendAssignment(this, attempt, assignment))
  }

  #instruct(instruction: NodeInstruction): void {
    const attempt = this.book.get(instruction.attemptId)
    if (attempt === undefined) return
    attempt.cancelled = true
    if (attempt.sent) this.sender.send({ type: "cancel", attempt_id: attempt.attemptId, reason: instruction.reason })
  }
}

