import type { Appended, Commit } from "#commands/ports/event-store.ts"
import { WrongExpectedRevision } from "#commands/ports/event-store.ts"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import type { Written } from "../group-commit/batch-writer.ts"
import { ForeignEventId } from "../group-commit/foreign-event-id.ts"
import { lastRevisionOf, placeWithin, type StoredCommit } from "./log-commit.ts"
import { lastPositionOf } from "./log-layout.ts"
import type { ContendedSubjects } from "./log-contention.ts"
import { type LogLink, NoAnswer } from "./log-link.ts"
import { type Publication, publish, publishBatch } from "./log-publish.ts"
import { deadline, ridingOut } from "./log-retry.ts"
import { commitsBetween, lastCommitOf, type LogView } from "./log-stream-read.ts"

export interface LogAccess extends LogView {
  readonly link: LogLink
  readonly contended: ContendedSubjects
}

/** A commit, where it goes, and its message. */
export interface PreparedCommit {
  readonly commit: Commit
  readonly subject: string
  readonly payload: Uint8Array
}

/** Below this, single messages are stored sooner: a batch costs four syncs and a hand-over whatever its size (measured: even at 8 to 16). */
const MIN_BATCH_COMMITS = 10
/** Single appends on their way at once. */
const MAX_SINGLES = 64

/** Writes what waits: as one atomic batch where that is faster, and one by one what does not go into a batch or what it did not write. */
export const appendCommits = async (
  log: LogAccess,
  batch: readonly PreparedCommit[],
): Promise<readonly Written<Appended>[]> => {
  const until = deadline()
  const results = new Map<PreparedCommit, Written<Appended>>()
  const oneByOne = async (commits: readonly PreparedCommit[]): Promise<void> => {
    const next = commits.values()
    const work = async (): Promise<void> => {
      for (const one of next) results.set(one, await appendAlone(log, one, until))
    }
    await Promise.all(Array.from({ length: Math.min(commits.length, MAX_SINGLES) }, work))
  }
  const together = async (commits: readonly Expecting[]): Promise<void> => {
    const first = await appendTogether(log, commits.map(({ one, expectedSequence }) => publicationOf(one, expectedSequence)))
    if (first === null) return await oneByOne(commits.map(({ one }) => one))
    commits.forEach(({ one }, index) => results.set(one, { done: stored(log, one, first + index) }))
  }
  const known = expecting(log, batch)
  if (known.length < MIN_BATCH_COMMITS) await oneByOne(batch)
  else {
    const inBatch = new Set(known.map(({ one }) => one))
    await Promise.all([together(known), oneByOne(batch.filter((one) => !inBatch.has(one)))])
  }
  return batch.map((one) => results.get(one) ?? { failed: new Error("a commit was left out") })
}

interface Expecting {
  readonly one: PreparedCommit
  readonly expectedSequence: number
}

/** What may go into an atomic batch: one stale expectation would fail all of it. */
const expecting = (log: LogAccess, batch: readonly PreparedCommit[]): readonly Expecting[] =>
  batch.flatMap((one) => {
    const expectedSequence = log.contended.has(one.subject) ? null : rememberedExpectation(log, one)
    return expectedSequence === null ? [] : [{ one, expectedSequence }]
  })

/** Sequence of the first of them; null when none is known to be stored. */
const appendTogether = async (log: LogAccess, batch: readonly Publication[]): Promise<number | null> => {
  try {
    const verdict = await publishBatch(log.link, batch)
    return verdict.said === "stored" ? verdict.sequence - batch.length + 1 : null
  } catch {
    // Nothing is known. The single appends that follow find out: each is refused where the batch was stored.
    return null
  }
}

const appendAlone = async (log: LogAccess, one: PreparedCommit, until: number): Promise<Written<Appended>> => {
  let attempts = 0
  try {
    return { done: await ridingOut(() => appendOnce(log, one, attempts++ > 0), until) }
  } catch (failed) {
    if (failed instanceof WrongExpectedRevision) log.contended.add(one.subject)
    return { failed }
  }
}

/**
 * One attempt. Whatever became of earlier ones, the same expectation fences this one: either they were stored, then the stream's end
 * has moved and the commit is found there, or they were not and never will be once this one is.
 */
const appendOnce = async (log: LogAccess, one: PreparedCommit, isRepeated: boolean): Promise<Appended> => {
  const remembered = isRepeated ? null : rememberedExpectation(log, one)
  if (remembered !== null) {
    const done = await appendAt(log, one, remembered)
    if (done !== null) return done
  }
  const last = await lastCommitOf(log, one.subject)
  const actual = last === null ? NO_STREAM : lastRevisionOf(last)
  if (actual !== one.commit.expectedRevision) return await repeatedOrConflict(log, one, last)
  const done = await appendAt(log, one, last?.sequence ?? 0)
  // Refused although nothing has moved: an append before this one is still on its way through the cluster.
  if (done === null) throw new NoAnswer("the server refuses an expectation that holds")
  return done
}

/** Null when the server says that the stream ends elsewhere; other refusals may pass and are thrown. */
const appendAt = async (log: LogAccess, one: PreparedCommit, expectedSequence: number): Promise<Appended | null> => {
  const verdict = await publish(log.link, publicationOf(one, expectedSequence))
  switch (verdict.said) {
    case "stored":
      return stored(log, one, verdict.sequence)
    case "duplicate":
      return await duplicateOf(log, one, verdict.sequence)
    case "refused":
      if (WRONG_LAST_SEQUENCE.has(verdict.code)) return null
      throw new NoAnswer(`${verdict.code} ${verdict.description}`)
  }
}

const WRONG_LAST_SEQUENCE: ReadonlySet<number> = new Set([10071, 10164])

const duplicateOf = async (log: LogAccess, one: PreparedCommit, sequence: number): Promise<Appended> => {
  const found = await log.reader.at(sequence)
  if (found === null) throw new NoAnswer("the message that this one repeats cannot be read")
  if (found.stream !== one.commit.stream) throw new ForeignEventId(one.commit)
  return placeWithin(found, one.commit.events) ?? (await repeatedOrConflict(log, one, await lastCommitOf(log, one.subject)))
}

/** The commit's place if the stream has it, up to `last`; a conflict if it has not. */
const repeatedOrConflict = async (log: LogAccess, { commit, subject }: PreparedCommit, last: StoredCommit | null): Promise<Appended> => {
  const { stream, expectedRevision: expected, events } = commit
  const actual = last === null ? NO_STREAM : lastRevisionOf(last)
  if (last !== null && actual > expected) {
    // A commit that was stored begins where it expected the stream to end.
    const after = log.tails.sequenceBefore(subject, expected)
    const since = placeWithin(last, events) === null ? await commitsBetween(log.reader, subject, { after, last }) : [last]
    for (const candidate of since) {
      const place = placeWithin(candidate, events)
      if (place !== null) return place
    }
  }
  throw new WrongExpectedRevision({ stream, expected, actual })
}

const publicationOf = ({ commit, subject, payload }: PreparedCommit, expectedSequence: number): Publication => ({
  subject,
  payload,
  messageId: commit.events[0]?.id ?? "",
  expectedSequence,
})

/** What the stream's last sequence must be, as far as this process knows; null when it has to ask. A new stream is taken at its word. */
const rememberedExpectation = ({ tails }: LogAccess, { commit, subject }: PreparedCommit): number | null => {
  const tail = tails.tailOf(subject)
  if (tail === null) return commit.expectedRevision === NO_STREAM ? 0 : null
  return tail.revision === commit.expectedRevision ? tail.sequence : null
}

const stored = ({ tails }: LogAccess, { commit, subject }: PreparedCommit, sequence: number): Appended => {
  const revision = commit.expectedRevision + commit.events.length
  tails.advance(subject, { revision, sequence })
  return { revision, position: lastPositionOf(sequence) }
}
