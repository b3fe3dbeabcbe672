import type { Position } from "#domain/kernel/envelope.ts"
import { MAX_COMMIT_EVENTS } from "../memory/check-commit.ts"

const PREFIX = /^[A-Za-z0-9_-]{1,64}$/
const POSITIONS_PER_COMMIT = BigInt(MAX_COMMIT_EVENTS)

/** Where one log lies on a server. */
export interface LogLayout {
  /** The JetStream stream that holds all of it. */
  readonly stream: string
  /** What that stream stores: one subject for each of our streams. */
  readonly subjects: string
  /** Not stored: writers say here how far the log reaches. */
  readonly headSubject: string
  readonly subjectOf: (stream: string) => string
}

export const logLayout = (prefix: string): LogLayout => {
  if (!PREFIX.test(prefix)) throw new Error(`${JSON.stringify(prefix)} is not a prefix: letters, digits, "_" and "-" only`)
  return {
    stream: `${prefix}-log`,
    subjects: `${prefix}.log.>`,
    headSubject: `${prefix}.head`,
    // A token for the category, so that a process may be allowed to append to some of them only.
    subjectOf: (stream) => {
      const dash = stream.indexOf("-")
      return `${prefix}.log.${encoded(stream.slice(0, dash))}.${encoded(stream.slice(dash + 1))}`
    },
  }
}

/** One subject token for any text: what NATS gives a meaning is escaped as in a URL. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll(".", "%2E").replaceAll("*", "%2A")

/**
 * Each commit has as many positions as it may have events, and its last event the last of them: so a sequence alone gives the position
 * that an append returns and the head of the log, and an event read alone shows whether its commit goes on.
 */
export const lastPositionOf = (sequence: number): Position => BigInt(sequence) * POSITIONS_PER_COMMIT

/** Position of the event at `index` of the `count` events of the commit at `sequence`. */
export const positionOf = (sequence: number, index: number, count: number): Position =>
  lastPositionOf(sequence) - BigInt(count - 1 - index)

/** The first sequence whose commit has events after `position`. */
export const firstSequenceAfter = (position: Position): number => Number(position / POSITIONS_PER_COMMIT) + 1
