import { Context, Data, type Effect } from "effect"

export type Unsubscribe = () => void

export class NoReply extends Data.TaggedError("NoReply")<{ readonly subject: string }> {}

export interface BusShape {
  /** How long nobody may answer before nobody is there: servers and processes behind the bus come back. 0 in one process. */
  readonly patienceMs: number
  /** At most once, in order per publisher, to whoever listens now. Never throws, never waits. */
  readonly publish: (subject: string, message: unknown) => void
  /** Exact subject. The handler must not throw. */
  readonly subscribe: (subject: string, handler: (message: unknown) => void) => Unsubscribe
  /** Answers requests on `subject`. Where several serve it, in this process or others, any one of them gets a request. */
  readonly serve: (subject: string, handler: (message: unknown) => Promise<unknown>) => Unsubscribe
  /** `NoReply` when nobody serves the subject, the server fails or `timeoutMs` pass. */
  readonly request: (subject: string, message: unknown, timeoutMs: number) => Effect.Effect<unknown, NoReply>
}

/** Messages that need not survive: tokens, taps, requests between processes. Not Effect per message: tokens pass here. */
export class Bus extends Context.Service<Bus, BusShape>()("commands/Bus") {}
