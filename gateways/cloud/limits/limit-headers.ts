import type { LimitVerdict } from "#domain/policies/gcra.ts"

const MS_PER_S = 1_000
const S_PER_MIN = 60
const MIN_PER_H = 60

/** As OpenAI writes it: `20ms`, `1.5s`, `6m0s`, `1h2m3s`. */
export const duration = (ms: number): string => {
  if (ms < MS_PER_S) return `${Math.ceil(ms)}ms`
  const seconds = ms / MS_PER_S
  if (seconds < S_PER_MIN) return `${Number(seconds.toFixed(3))}s`
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / (S_PER_MIN * MIN_PER_H)), Math.floor(whole / S_PER_MIN) % MIN_PER_H]
  return `${hours > 0 ? `${hours}h` : ""}${minutes}m${whole % S_PER_MIN}s`
}

/** `x-ratelimit-*` for `requests` or `tokens`. */
export const limitHeaders = (unit: "requests" | "tokens", limit: number, { remaining, resetMs }: LimitVerdict) => ({
  [`x-ratelimit-limit-${unit}`]: String(limit),
  [`x-ratelimit-remaining-${unit}`]: String(remaining),
  [`x-ratelimit-reset-${unit}`]: duration(resetMs),
})

/** When to come back: whole seconds for the standard, milliseconds for the official clients. */
export const retryHeaders = ({ retryAfterMs }: LimitVerdict): Readonly<Record<string, string>> =>
  Number.isFinite(retryAfterMs)
    ? { "retry-after": String(Math.ceil(retryAfterMs / MS_PER_S)), "retry-after-ms": String(Math.ceil(retryAfterMs)) }
    : { "x-should-retry": "false" }
