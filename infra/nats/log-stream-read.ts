import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { LogDamaged, lastRevisionOf, recordedEvents, type StoredCommit } from "./log-commit.ts"
import { NoAnswer } from "./log-link.ts"
import type { FoundCommit, LogReader } from "./log-reader.ts"
import type { LogTails } from "./log-tails.ts"

const PAGE_COMMITS = 500

export interface LogView {
  readonly reader: LogReader
  readonly tails: LogTails
}

/** The stream's last commit, null when it has none; fails when a server answers that is behind what this process has seen. */
export const lastCommitOf = async (log: LogView, subject: string): Promise<StoredCommit | null> => {
  const found = await findLast(log, subject)
  return found === null ? null : decodeLast(log, subject, found)
}

const findLast = async ({ reader, tails }: LogView, subject: string): Promise<FoundCommit | null> => {
  const found = await reader.lastOf(subject)
  if ((found?.sequence ?? 0) < (tails.tailOf(subject)?.sequence ?? 0)) throw new NoAnswer("the server that answered is behind")
  return found
}

const decodeLast = ({ tails }: LogView, subject: string, found: FoundCommit): StoredCommit => {
  const last = found.decode()
  tails.advance(subject, { revision: lastRevisionOf(last), sequence: last.sequence })
  return last
}

/** A stretch of one subject: after a sequence, up to and with a commit that is at hand. */
export interface Stretch {
  readonly after: number
  readonly last: StoredCommit
}

/** The commits of a stretch, in order. Fails when the replica that answers is behind; the next attempt may reach another. */
export const commitsBetween = async (reader: LogReader, subject: string, { after, last }: Stretch): Promise<readonly StoredCommit[]> => {
  const commits: StoredCommit[] = []
  for (let fromSequence = after + 1; fromSequence < last.sequence; ) {
    const page = await reader.pageOf(subject, { fromSequence, maxCommits: PAGE_COMMITS })
    commits.push(...page.commits.filter(({ sequence }) => sequence < last.sequence))
    const reached = page.commits.at(-1)?.sequence ?? 0
    if (reached >= last.sequence) break
    if (page.isLast) throw new NoAnswer("the replica that answered is behind")
    fromSequence = reached + 1
  }
  commits.push(last)
  return contiguous(commits)
}

const contiguous = (commits: readonly StoredCommit[]): readonly StoredCommit[] => {
  commits.forEach((commit, index) => {
    const before = commits[index - 1]
    if (before === undefined || lastRevisionOf(before) + 1 === commit.revision) return
    throw new LogDamaged(`${commit.stream} goes on at revision ${commit.revision} after ${lastRevisionOf(before)}`)
  })
  return commits
}

/** The stream's events from `fromRevision` on: all that was acknowledged before the call, whichever replica gives the older ones. */
export const readStreamFrom = async (
  log: LogView,
  subject: string,
  fromRevision: number,
): Promise<readonly RecordedEvent[]> => {
  const after = log.tails.sequenceBefore(subject, fromRevision - 1)
  const found = await findLast(log, subject)
  if (found === null) return []
  // Most reads look whether anything is new, and nothing is: that can be told without decoding what is known.
  const tail = log.tails.tailOf(subject)
  if (tail?.sequence === found.sequence && tail.revision < fromRevision) return []
  const last = decodeLast(log, subject, found)
  if (lastRevisionOf(last) < fromRevision) return []
  const commits = last.revision <= fromRevision ? [last] : await commitsBetween(log.reader, subject, { after, last })
  if (after === 0 && fromRevision < (commits[0]?.revision ?? 0) && commits[0]?.revision !== 0) {
    throw new LogDamaged(`${subject} begins at revision ${commits[0]?.revision}`)
  }
  return commits.flatMap(recordedEvents).filter(({ revision }) => revision >= fromRevision)
}
