/** What one server allows of clients as such, whatever they ask. The limits of bodies belong to routes. */
export interface HttpLimits {
  /** Request line and headers together. */
  readonly headerBytes: number
  readonly headers: number
  readonly urlCharacters: number
  /** For the headers of a request to arrive, and for the whole of it; a JSON body has its route's `bodyMs` besides. */
  readonly headersMs: number
  readonly requestMs: number
  /** An answer that is complete here may lie in its connection without a byte of it being read. */
  readonly unreadAnswerMs: number
  /** After an answer, for the rest of a body that nobody wanted. */
  readonly unwantedBodyMs: number
  /** Connections of the server; more are closed at once. */
  readonly connections: number
  /** Connections from one address that is no trusted proxy; those beyond it hear 429. 0: no limit. */
  readonly connectionsPerAddress: number
  /** Requests under way with one key that count against limits, streams mostly; those beyond it hear 429. 0: no limit. */
  readonly openPerKey: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  headerBytes: 16 * 1024,
  headers: 128,
  urlCharacters: 4_096,
  headersMs: 10_000,
  requestMs: 600_000,
  unreadAnswerMs: 60_000,
  unwantedBodyMs: 10_000,
  connections: 20_000,
  connectionsPerAddress: 2_048,
  openPerKey: 2_048,
}

/** How often the server looks for what is overdue. */
export const SWEEP_MS = 1_000

/** Who may reach the server by way of whom. */
export interface Exposure {
  /** Origins whose pages may call from a browser; `*`: all. None: browsers keep other sites' pages away. */
  readonly corsOrigins: readonly string[]
  /** Addresses and networks (CIDR) of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[]
}

export const NOT_EXPOSED: Exposure = { corsOrigins: [], trustedProxies: [] }
