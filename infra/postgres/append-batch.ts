import { WrongExpectedRevision, type Appended, type Commit } from "#commands/ports/event-store.ts"
import type pg from "pg"
import type { Written } from "../group-commit/batch-writer.ts"
import { ForeignEventId } from "../group-commit/foreign-event-id.ts"
import { isPassing, ridingOutRestarts } from "./connection-retry.ts"

/** A commit and its events' data as JSON text. */
export interface SerializedCommit {
  readonly commit: Commit
  readonly datas: readonly string[]
}

interface AppendRow {
  readonly outcome: "appended" | "repeated" | "conflict" | "foreign"
  readonly revision: number
  readonly position: string | null
}

/** A server that holds its connections but does not answer counts as away after this. */
const APPEND_TIMEOUT_MS = 15_000

const APPEND = `select outcome, revision, "position" from log.append(
  $1::text[], $2::integer[], $3::uuid[], $4::uuid[], $5::integer[],
  $6::integer[], $7::integer[], $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[])`

/**
 * Writes a batch in one transaction. Repeating it after a lost connection is safe, because a commit that had made it comes back as
 * repeated. A statement that fails as a whole is split, so that one bad commit does not fail its neighbours.
 */
export const appendBatch = async (
  pool: pg.Pool,
  batch: readonly SerializedCommit[],
): Promise<readonly Written<Appended>[]> => {
  try {
    const query = { name: "log-append", text: APPEND, values: parameters(batch), query_timeout: APPEND_TIMEOUT_MS }
    const { rows } = await ridingOutRestarts(() => pool.query<AppendRow>(query))
    return batch.map(({ commit }, index) => outcomeOf(commit, rows[index]))
  } catch (failed) {
    if (batch.length === 1 || isPassing(failed)) return batch.map(() => ({ failed }))
    const results: Written<Appended>[] = []
    for (const one of batch) results.push(...(await appendBatch(pool, [one])))
    return results
  }
}

const outcomeOf = (commit: Commit, row: AppendRow | undefined): Written<Appended> => {
  if (row === undefined) return { failed: new Error("log.append returned too few rows") }
  switch (row.outcome) {
    case "appended":
    case "repeated":
      return { done: { revision: row.revision, position: BigInt(row.position ?? 0) } }
    case "conflict":
      return {
        failed: new WrongExpectedRevision({
          stream: commit.stream,
          expected: commit.expectedRevision,
          actual: row.revision,
        }),
      }
    case "foreign":
      return { failed: new ForeignEventId(commit) }
  }
}

const parameters = (batch: readonly SerializedCommit[]): unknown[] => {
  const commits = batch.map(({ commit }) => commit)
  const events = batch.flatMap(({ commit, datas }, no) =>
    commit.events.map((event, offset) => ({ no: no + 1, offset, event, data: datas[offset] })),
  )
  return [
    commits.map(({ stream }) => stream),
    commits.map(({ expectedRevision }) => expectedRevision),
    commits.map((commit) => commit.events[0]?.id),
    commits.map((commit) => commit.events.at(-1)?.id),
    commits.map((commit) => commit.events.length),
    events.map(({ no }) => no),
    events.map(({ offset }) => offset),
    events.map(({ event }) => event.id),
    events.map(({ event }) => event.type),
    events.map(({ data }) => data),
    events.map(({ event }) => event.meta.commandId),
    events.map(({ event }) => event.meta.correlationId),
  ]
}
