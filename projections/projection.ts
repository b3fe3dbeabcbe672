import type { LogEvent, Placed } from "./log-event.ts"
import type { Table } from "./table-definition.ts"
import type { Write } from "./writes.ts"

type EventNamed<Type extends LogEvent["type"]> = Extract<LogEvent, { readonly type: Type }>

/** What each event type does to the tables. Pure: the writes depend on the event alone. */
export type Rules = { readonly [Type in LogEvent["type"]]?: (event: Placed<EventNamed<Type>>) => readonly Write[] }

/**
 * One read model. Its tables belong to it alone. A change of rules or tables is a new version: it starts at the beginning of the
 * log, with fresh tables.
 */
export interface Projection {
  readonly name: string
  readonly version: number
  readonly tables: readonly Table[]
  readonly handles: (type: string) => boolean
  readonly project: (event: Placed) => readonly Write[]
}

interface Definition {
  readonly name: string
  readonly version: number
  readonly tables: readonly Table[]
  readonly rules: Rules
}

export const defineProjection = ({ name, version, tables, rules }: Definition): Projection => {
  const byType = new Map(Object.entries(rules)) as ReadonlyMap<string, (event: Placed) => readonly Write[]>
  return {
    name,
    version,
    tables,
    handles: (type) => byType.has(type),
    project: (event) => byType.get(event.type)?.(event) ?? [],
  }
}
