import { describe, expect, it } from "vitest"
import { type AlertCommand, alerts } from "#domain/alert/index.ts"
import { type AlertSignals, DEFAULT_LOW_BALANCE, judge, type Verdict, type Window } from "#domain/policies/alerts.ts"
import { NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { scenario } from "#test/support/scenario.ts"

const about = { namespaceId: NAMESPACE, kind: "low_balance", subject: "", value: "1", at: 5 } as const
const raise: AlertCommand = { type: "RaiseAlert", ...about, alertId: "a1", threshold: "2" }
const resolve: AlertCommand = { type: "ResolveAlert", ...about }
const none = scenario(alerts)

describe("an alert", () => {
  it("of a kind about a subject goes on once, until it is resolved", () => {
    none.when(raise).gives({ type: "AlertRaised", data: { alertId: "a1", threshold: "2" } })
    none.after(raise).when({ ...raise, alertId: "a2" }).changesNothing()
    none.after(raise).when(resolve).gives({ type: "AlertResolved", data: { alertId: "a1" } })
    none.after(raise, resolve).when(resolve).changesNothing()
    none.after(raise, resolve).when({ ...raise, alertId: "a2" }).gives({ type: "AlertRaised", data: { alertId: "a2" } })
  })

  it("about one subject is none about another", () => {
    none.after(raise).when({ ...raise, alertId: "a2", subject: "m" }).gives({ type: "AlertRaised" })
    none.when(resolve).changesNothing()
  })

  it("has a threshold for the balance that is defined by its namespace", () => {
    const define = { type: "DefineLowBalance", namespaceId: NAMESPACE, amount: 7n, at: 1 } as const
    none.when({ ...define, amount: DEFAULT_LOW_BALANCE }).changesNothing()
    none.when(define).gives({ type: "LowBalanceDefined", data: { amount: 7n } })
    none.after(define).when(define).changesNothing()
    none.after(define).when({ ...define, amount: null }).gives({ type: "LowBalanceDefined", data: { amount: null } })
    none.when({ ...define, amount: 0n }).rejects({ _tag: "InvalidLowBalance", amount: 0n })
  })
})

const quiet: Window = { requests: 0, failed: 0, cancelled: 0, p95Ms: null }
const calm: AlertSignals = {
  available: 5_000_000n, lowBalance: 1_000_000n, window: quiet, hour: quiet, trailing: quiet, models: [], served: new Set(), disabledWebhooks: [], open: [],
}
const says = (kind: Verdict["kind"], signals: Partial<AlertSignals>, subject = ""): string | undefined =>
  judge({ ...calm, ...signals }).find((verdict) => verdict.kind === kind && verdict.subject === subject)?.says

describe("what is judged an alert", () => {
  it.each([
    // Mean per hour of the day before, requests of the last hour.
    [100, 401, "raise"], [100, 400, "nothing"], [100, 201, "nothing"], [100, 200, "resolve"], [1, 51, "raise"], [1, 50, "resolve"], [0, 1_000_000, "nothing"],
  ])("usage_spike: %s an hour before and %s in the last hour says %s", (mean, requests, expected) => {
    expect(says("usage_spike", { trailing: { ...quiet, requests: mean * 24 }, hour: { ...quiet, requests } })).toBe(expected)
  })

  it.each([
    // Requests, failed, cancelled.
    [20, 3, 0, "raise"], [20, 2, 0, "nothing"], [100, 5, 0, "nothing"], [100, 4, 0, "resolve"], [19, 19, 0, "resolve"], [30, 5, 11, "resolve"], [0, 0, 0, "resolve"],
  ])("error_rate: of %s requests %s failed and %s cancelled says %s", (requests, failed, cancelled, expected) => {
    expect(says("error_rate", { window: { ...quiet, requests, failed, cancelled } })).toBe(expected)
  })

  it.each([
    [1_000, 3_001, 20, "raise"], [1_000, 3_000, 20, "nothing"], [1_000, 2_000, 20, "resolve"], [100, 1_000, 20, "resolve"], [100, 1_001, 20, "raise"], [1_000, 9_000, 19, "resolve"],
  ])("latency: p95 of %s ms before and %s ms now of %s requests says %s", (before, now, requests, expected) => {
    expect(says("latency", { trailing: { ...quiet, requests: 20, p95Ms: before }, window: { ...quiet, requests, p95Ms: now } })).toBe(expected)
  })

  it.each([[999_999n, 1_000_000n, "raise"], [1_000_000n, 1_000_000n, "resolve"], [0n, null, "resolve"], [null, 1_000_000n, "resolve"]] as const)(
    "low_balance: %s available with a threshold of %s says %s",
    (available, lowBalance, expected) => expect(says("low_balance", { available, lowBalance })).toBe(expected),
  )

  it("model_unavailable: a model that was used and that no node offers, until one does or nobody used it", () => {
    expect(says("model_unavailable", { models: ["m"] }, "m")).toBe("raise")
    expect(says("model_unavailable", { models: ["m"], served: new Set(["m"]) }, "m")).toBe("resolve")
    expect(says("model_unavailable", { open: [{ kind: "model_unavailable", subject: "m" }] }, "m")).toBe("resolve")
    expect(says("model_unavailable", {}, "m")).toBeUndefined()
  })

  it("webhook_disabled: one that failed or is gone, until it is neither", () => {
    expect(says("webhook_disabled", { disabledWebhooks: ["w"] }, "w")).toBe("raise")
    expect(says("webhook_disabled", { open: [{ kind: "webhook_disabled", subject: "w" }] }, "w")).toBe("resolve")
  })
})
