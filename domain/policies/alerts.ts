/** Micro-credits; of a namespace that said nothing. */
export const DEFAULT_LOW_BALANCE = 1_000_000n

export const MINUTE_MS = 60_000
/** Of what is happening now: error rate and latency. */
export const WINDOW_MS = 15 * MINUTE_MS
/** Of a spike. */
export const HOUR_MS = 60 * MINUTE_MS
/** What the present is compared with: the day before it. */
export const TRAILING_HOURS = 24

/** A spike has at least so many requests in an hour: two instead of none are none. */
const SPIKE_LEAST = 50
const SPIKE_FACTOR = 4
const SPIKE_OVER_FACTOR = 2
/** Requests that a rate or a percentile is made of at least. */
const LEAST_REQUESTS = 20
const ERROR_PERCENT = 10
const ERROR_OVER_PERCENT = 5
const LATENCY_FACTOR = 3
const LATENCY_OVER_FACTOR = 2
/** Nobody minds less. */
const LATENCY_LEAST_MS = 1_000

type Kind = "usage_spike" | "error_rate" | "latency" | "model_unavailable" | "low_balance" | "webhook_disabled"

export interface Window {
  readonly requests: number
  readonly failed: number
  readonly cancelled: number
  /** Of the requests' durations; null: none was measured. */
  readonly p95Ms: number | null
}

/** What is known of one namespace at a moment. */
export interface AlertSignals {
  /** Micro-credits available; null: it never had any. */
  readonly available: bigint | null
  readonly lowBalance: bigint | null
  /** The last 15 minutes, the last hour, and the 24 hours before that hour. */
  readonly window: Window
  readonly hour: Window
  readonly trailing: Window
  /** Models that it used in the last 24 hours. */
  readonly models: readonly string[]
  /** Models that a node offers now. */
  readonly served: ReadonlySet<string>
  /** Those that were disabled because they failed or are gone. */
  readonly disabledWebhooks: readonly string[]
  /** Alerts that go on. */
  readonly open: readonly { readonly kind: Kind; readonly subject: string }[]
}

export interface Verdict {
  readonly kind: Kind
  readonly subject: string
  /** Between the two an alert that goes on goes on, and no other begins: what sways around its bound must not ring again and again. */
  readonly says: "raise" | "resolve" | "nothing"
  readonly value: string
  readonly threshold: string
}

const NAMESPACE = ""

const between = (raise: boolean, resolve: boolean): Verdict["says"] => {
  if (raise) return "raise"
  return resolve ? "resolve" : "nothing"
}

/**
 * usage_spike: requests of the last hour > max(50, 4 × mean per hour of the 24 hours before); over at ≤ max(50, 2 × mean). Requests an hour.
 * A namespace without a request in those 24 hours has begun, which is no spike.
 */
const spike = ({ hour, trailing }: AlertSignals): Verdict => {
  const mean = trailing.requests / TRAILING_HOURS
  const threshold = Math.max(SPIKE_LEAST, SPIKE_FACTOR * mean)
  const over = hour.requests <= Math.max(SPIKE_LEAST, SPIKE_OVER_FACTOR * mean)
  return { kind: "usage_spike", subject: NAMESPACE, says: between(trailing.requests > 0 && hour.requests > threshold, over), value: String(hour.requests), threshold: threshold.toFixed(1) }
}

/** error_rate: failed ÷ (requests − cancelled) of the last 15 minutes > 10 %, of 20 at least; over at < 5 %, or when there are fewer. Percent. */
const errorRate = ({ window: { requests, failed, cancelled } }: AlertSignals): Verdict => {
  const counted = requests - cancelled
  const percent = counted === 0 ? 0 : (100 * failed) / counted
  const enough = counted >= LEAST_REQUESTS
  return {
    kind: "error_rate", subject: NAMESPACE, says: between(enough && percent > ERROR_PERCENT, !enough || percent < ERROR_OVER_PERCENT),
    value: percent.toFixed(1), threshold: String(ERROR_PERCENT),
  }
}

/** latency: p95 of durations of the last 15 minutes > max(1 s, 3 × p95 of the 24 hours before), 20 requests in both; over at ≤ 2 ×. Milliseconds. */
const latency = ({ window, trailing }: AlertSignals): Verdict => {
  const usual = trailing.p95Ms ?? 0
  const now = window.p95Ms ?? 0
  const threshold = Math.max(LATENCY_LEAST_MS, LATENCY_FACTOR * usual)
  const enough = window.requests >= LEAST_REQUESTS && trailing.requests >= LEAST_REQUESTS
  const over = !enough || now <= Math.max(LATENCY_LEAST_MS, LATENCY_OVER_FACTOR * usual)
  return { kind: "latency", subject: NAMESPACE, says: between(enough && now > threshold, over), value: String(now), threshold: String(threshold) }
}

/** low_balance: available < the namespace's threshold; over at or above it. Micro-credits. */
const balance = ({ available, lowBalance }: AlertSignals): Verdict => {
  const low = available !== null && lowBalance !== null && available < lowBalance
  return { kind: "low_balance", subject: NAMESPACE, says: low ? "raise" : "resolve", value: String(available ?? 0n), threshold: String(lowBalance ?? 0n) }
}

/** model_unavailable: used in the last 24 hours and offered by no node now; over when one offers it, or nobody used it for a day. Nodes. */
const models = ({ models: used, served, open }: AlertSignals): readonly Verdict[] => {
  const missing = new Set(used.filter((model) => !served.has(model)))
  return subjects("model_unavailable", [...used], open).map((model) => ({
    kind: "model_unavailable", subject: model, says: missing.has(model) ? "raise" : "resolve", value: missing.has(model) ? "0" : "1", threshold: "1",
  }))
}

/** webhook_disabled: it failed for days or is gone; over when it is enabled or deleted. 1: disabled. */
const webhooks = ({ disabledWebhooks, open }: AlertSignals): readonly Verdict[] =>
  subjects("webhook_disabled", disabledWebhooks, open).map((id) => {
    const disabled = disabledWebhooks.includes(id)
    return { kind: "webhook_disabled", subject: id, says: disabled ? "raise" : "resolve", value: disabled ? "1" : "0", threshold: "1" }
  })

const subjects = (kind: Kind, now: readonly string[], open: AlertSignals["open"]): readonly string[] =>
  [...new Set([...now, ...open.filter((one) => one.kind === kind).map(({ subject }) => subject)])]

/** What is to be raised and resolved, from what is known. */
export const judge = (signals: AlertSignals): readonly Verdict[] => [
  spike(signals), errorRate(signals), latency(signals), balance(signals), ...models(signals), ...webhooks(signals),
]
