import { Result } from "effect"
import { type AlertEvent, alerts } from "#domain/alert/index.ts"
import { apiKey, type ApiKeyEvent } from "#domain/api-key/index.ts"
import { batch, type BatchEvent } from "#domain/batch/index.ts"
import { content, type ContentEvent } from "#domain/content/index.ts"
import { creditLedger, type LedgerEvent } from "#domain/credit-ledger/index.ts"
import { file, type FileEvent } from "#domain/file/index.ts"
import { feedback, type FeedbackEvent } from "#domain/feedback/index.ts"
import { job, type JobEvent } from "#domain/job/index.ts"
import type { DomainEvent } from "#domain/kernel/decider.ts"
import type { Position, RecordedEvent } from "#domain/kernel/envelope.ts"
import type { EventCodec, MalformedEvent, UnknownEventType } from "#domain/kernel/event-codec.ts"
import { namespace, type NamespaceEvent } from "#domain/namespace/index.ts"
import { networkConfig, type NetworkConfigEvent } from "#domain/network-config/index.ts"
import { node, type NodeEvent } from "#domain/node/index.ts"
import { rcpAccount, type RcpEvent } from "#domain/rcp/index.ts"
import { request, type RequestEvent } from "#domain/request/index.ts"
import { type WebhookEvent, webhooks } from "#domain/webhook/index.ts"

/** Every event that a projection can know. */
export type LogEvent =
  | AlertEvent
  | ApiKeyEvent
  | BatchEvent
  | ContentEvent
  | FileEvent
  | FeedbackEvent
  | JobEvent
  | LedgerEvent
  | NamespaceEvent
  | NetworkConfigEvent
  | NodeEvent
  | RcpEvent
  | WebhookEvent
  | RequestEvent

/** A decoded event and its place in the log. */
export type Placed<Event extends LogEvent = LogEvent> = Event & { readonly position: Position; readonly stream: string }

type Decoded = Result.Result<LogEvent, UnknownEventType | MalformedEvent>

interface Codec {
  readonly decode: (recorded: RecordedEvent) => Decoded
  /** The event's data as plain JSON, of the current version and without anything that the schema does not name. */
  readonly wire: (event: LogEvent) => unknown
}

const codecs = new Map<string, Codec>()

const register = <Event extends LogEvent & DomainEvent>({ codec }: { readonly codec: EventCodec<Event> }): void => {
  const isOurs = (event: LogEvent): event is Event => codec.types.includes(event.type)
  const known: Codec = {
    decode: codec.decode,
    wire: (event) => (isOurs(event) ? codec.encode(event).data : null),
  }
  for (const type of codec.types) codecs.set(type, known)
}

register(alerts)
register(apiKey)
register(batch)
register(content)
register(creditLedger)
register(file)
register(feedback)
register(job)
register(namespace)
register(networkConfig)
register(node)
register(rcpAccount)
register(webhooks)
register(request)

export const decode = (recorded: RecordedEvent): Decoded => {
  const codec = codecs.get(recorded.type)
  return codec === undefined ? Result.fail({ _tag: "UnknownEventType", type: recorded.type }) : codec.decode(recorded)
}

export const wireData = (event: LogEvent): unknown => codecs.get(event.type)?.wire(event) ?? null
