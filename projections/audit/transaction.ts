import { Data, Effect, Exit } from "effect"
import { CompiledQuery, type ControlledTransaction, type Transaction } from "kysely"
import type { ReadTables } from "../read-db.ts"

/** The database cannot be reached or refuses; the live tables are as they were. */
export class AuditUnavailable extends Data.TaggedError("AuditUnavailable")<{
  readonly reason: string
  /** SQLSTATE, or "" when the failure did not come from the server. */
  readonly sqlState: string
}> {}

export type Trx = Transaction<ReadTables>

export const failure = (cause: unknown): AuditUnavailable => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
  return new AuditUnavailable({ reason: cause instanceof Error ? cause.message : String(cause), sqlState: code })
}

export const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, AuditUnavailable> =>
  Effect.tryPromise({ try: work, catch: failure })

/** Plain SQL inside a transaction. */
export const query = <Row>(trx: Trx, sql: string, parameters: readonly unknown[] = []) =>
  attempt(async () => (await trx.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]))).rows)

/** Commits when `use` succeeds, rolls back when it fails or is interrupted. */
export const inTransaction = <A, E, R>(
  begin: () => Promise<ControlledTransaction<ReadTables>>,
  use: (trx: Trx) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E | AuditUnavailable, R> =>
  Effect.acquireUseRelease(attempt(begin), use, (trx, exit) =>
    Exit.isSuccess(exit)
      ? attempt(() => trx.commit().execute())
      : // What made the work fail is what matters; a connection that cannot even roll back has done so by dying.
        Effect.ignore(attempt(() => trx.rollback().execute())),
  )

/**
 * The server ends sessions that stand still in a transaction for seconds, for the rows that they hold. This one holds none and lasts as
 * long as the work beside it.
 */
export const mayStandStill = (trx: Trx) => query(trx, "set local idle_in_transaction_session_timeout = 0")
