import type pg from "pg"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import type { LogQuery } from "../log-query.ts"
import { ridingOutRestarts } from "./connection-retry.ts"
import { EVENT_COLUMNS, type EventRow, recordedEvent } from "./recorded-event.ts"

/** Events in global order that meet all of the given conditions. */
export const selectFromLog = async (pool: pg.Pool, query: LogQuery): Promise<readonly RecordedEvent[]> => {
  const values: unknown[] = [String(query.after)]
  const given = (value: unknown): string => `$${values.push(value)}`
  const conditions = [
    `"position" > $1`,
    ...(query.stream === undefined ? [] : [streamCondition(query.stream, given)]),
    ...(query.type === undefined ? [] : [`type = ${given(query.type)}`]),
    ...(query.correlationId === undefined ? [] : [`correlation_id = ${given(query.correlationId)}`]),
  ]
  const limit = given(query.limit)
  const text = `select ${EVENT_COLUMNS} from log.events where ${conditions.join(" and ")} order by "position" limit ${limit}`
  const { rows } = await ridingOutRestarts(() => pool.query<EventRow>({ text, values }))
  return rows.map(recordedEvent)
}

const streamCondition = (stream: string, given: (value: unknown) => string): string =>
  stream.endsWith("*") ? `starts_with(stream, ${given(stream.slice(0, -1))})` : `stream = ${given(stream)}`
