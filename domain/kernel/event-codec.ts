import { Result, Schema } from "effect"
import type { DomainEvent } from "./decider.ts"
import { unplainPath } from "./plain-text.ts"

export interface WireEvent {
  readonly type: string
  /** Plain JSON. */
  readonly data: unknown
}

export interface UnknownEventType {
  readonly _tag: "UnknownEventType"
  readonly type: string
}

export interface MalformedEvent {
  readonly _tag: "MalformedEvent"
  readonly type: string
  readonly reason: string
}

/** Turns one aggregate's events into JSON and back. Writers fail on unknown types and on text that no table can hold (a defect); readers get a Result and skip. */
export interface EventCodec<Event extends DomainEvent> {
  readonly types: readonly string[]
  readonly encode: (event: Event) => WireEvent
  readonly decode: (wire: WireEvent) => Result.Result<Event, UnknownEventType | MalformedEvent>
}

type DataSchema = Schema.Codec<any, any>

/** The union of events that a record of data schemas describes: `{HoldPlaced: Struct}` → `{type: "HoldPlaced", data: …}`. */
export type EventOf<Schemas extends Record<string, DataSchema>> = {
  [Type in keyof Schemas & string]: { readonly type: Type; readonly data: Schemas[Type]["Type"] }
}[keyof Schemas & string]

/** Old wire type → pure JSON-to-JSON step to the next one. Event names are permanent; `HoldPlaced.v2` follows `HoldPlaced`. */
export type Upcasters = Readonly<Record<string, (data: unknown) => WireEvent>>

export const eventCodec = <Schemas extends Record<string, DataSchema>>(
  schemas: Schemas,
  upcasters: Upcasters = {},
): EventCodec<EventOf<Schemas>> => {
  const encoders = new Map(Object.entries(schemas).map(([type, schema]) => [type, Schema.encodeSync(schema)]))
  const decoders = new Map(Object.entries(schemas).map(([type, schema]) => [type, Schema.decodeUnknownResult(schema)]))

  const decode = (wire: WireEvent): Result.Result<EventOf<Schemas>, UnknownEventType | MalformedEvent> => {
    const upcast = upcasters[wire.type]
    if (upcast !== undefined) return decode(upcast(wire.data))
    const decoder = decoders.get(wire.type)
    if (decoder === undefined) return Result.fail({ _tag: "UnknownEventType", type: wire.type })
    const data = decoder(wire.data)
    if (Result.isFailure(data)) {
      return Result.fail({ _tag: "MalformedEvent", type: wire.type, reason: String(data.failure) })
    }
    return Result.succeed({ type: wire.type, data: data.success } as EventOf<Schemas>)
  }

  return {
    types: [...Object.keys(schemas), ...Object.keys(upcasters)],
    encode: (event) => {
      const encoder = encoders.get(event.type)
      if (encoder === undefined) throw new Error(`no schema for event type ${event.type}`)
      const data: unknown = encoder(event.data)
      const unplain = unplainPath(data)
      // On record it would stop whoever writes it into a table, for ever.
      if (unplain !== null) throw new Error(`${event.type} has a text that cannot be kept at /${unplain.join("/")}`)
      return { type: event.type, data }
    },
    decode,
  }
}
