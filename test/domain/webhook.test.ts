import { expect, it } from "vitest"
import { WebhookId } from "#domain/kernel/ids.ts"
import { DISABLE_AFTER_MS, GIVE_UP_AFTER_MS, retryDelayMs } from "#domain/policies/webhook-retry.ts"
import { MAX_WEBHOOKS, SECRET_OVERLAP_MS, type WebhookCommand, webhooks } from "#domain/webhook/index.ts"
import { NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { scenario } from "#test/support/scenario.ts"

const idAt = (n: number) => WebhookId.make(`wh_00000000-0000-7000-8000-${String(n).padStart(12, "0")}`)
const one = { namespaceId: NAMESPACE, webhookId: idAt(1), at: 5 }
const settings = { host: "h", urlVersion: 1, description: "d", types: ["job.completed"], models: null, includeContent: false } as const
const create: WebhookCommand = { type: "CreateWebhook", ...one, settings }
const remove: WebhookCommand = { type: "DeleteWebhook", ...one }
const disable: WebhookCommand = { type: "DisableWebhook", ...one, reason: "failing" }
const none = scenario(webhooks)

it("a webhook is created once, and its id is never used again", () => {
  none.when(create).gives({ type: "WebhookCreated", data: { settings } })
  none.after(create).when(create).changesNothing()
  none.after(create).when({ ...create, settings: { ...settings, description: "x" } }).rejects({ _tag: "WebhookExists", webhookId: idAt(1) })
  none.after(create, remove).when(create).rejects({ _tag: "WebhookExists", webhookId: idAt(1) })
})

it("a namespace has so many and no more, deleted ones not counted", () => {
  const many = Array.from({ length: MAX_WEBHOOKS }, (_, n): WebhookCommand => ({ ...create, webhookId: idAt(n + 1) }))
  none.after(...many).when({ ...create, webhookId: idAt(99) }).rejects({ _tag: "TooManyWebhooks", most: MAX_WEBHOOKS })
  none.after(...many, remove).when({ ...create, webhookId: idAt(99) }).gives({ type: "WebhookCreated" })
})

it("settings are set as a whole, and setting them again changes nothing", () => {
  const set: WebhookCommand = { type: "SetWebhook", ...one, settings: { ...settings, includeContent: true } }
  none.after(create).when(set).gives({ type: "WebhookReconfigured", data: { settings: { ...settings, includeContent: true } } })
  none.after(create, set).when(set).changesNothing()
})

it("a secret that is rotated twice from the same version is rotated once", () => {
  const rotate: WebhookCommand = { type: "RotateWebhookSecret", ...one, from: 1 }
  none.after(create).when(rotate).gives({ type: "WebhookSecretRotated", data: { secretVersion: 2, overlapUntil: 5 + SECRET_OVERLAP_MS } })
  none.after(create, rotate).when(rotate).changesNothing()
  none.after(create, rotate).when({ ...rotate, from: 2 }).gives({ type: "WebhookSecretRotated", data: { secretVersion: 3 } })
})

it("a webhook is disabled with a reason, once, and enabled again", () => {
  none.after(create).when(disable).gives({ type: "WebhookDisabled", data: { reason: "failing" } })
  none.after(create, disable).when({ ...disable, reason: "gone" }).changesNothing()
  none.after(create, disable).when({ type: "EnableWebhook", ...one }).gives({ type: "WebhookEnabled" })
  none.after(create).when({ type: "EnableWebhook", ...one }).changesNothing()
})

it("what is not there cannot be changed; what is deleted can be deleted again", () => {
  none.when(disable).rejects({ _tag: "WebhookNotFound", webhookId: idAt(1) })
  none.when(remove).rejects({ _tag: "WebhookNotFound", webhookId: idAt(1) })
  none.after(create, remove).when(remove).changesNothing()
})

it("retries come later and later, spread, and some ten of them fit into a day", () => {
  const delays = Array.from({ length: 20 }, (_, n) => retryDelayMs({ attempts: n + 1, draw: 1, retryAfterMs: null }))
  expect(delays.slice(0, 4)).toEqual([5_000, 15_000, 45_000, 135_000])
  expect(Math.max(...delays)).toBe(4 * 3_600_000)
  expect(retryDelayMs({ attempts: 2, draw: 0, retryAfterMs: null })).toBe(7_500)
  let at = 0
  const withinDay = delays.filter((delay) => (at += delay) < GIVE_UP_AFTER_MS)
  expect(withinDay.length).toBeGreaterThanOrEqual(10)
  expect(DISABLE_AFTER_MS).toBeGreaterThan(GIVE_UP_AFTER_MS)
})

it("a receiver that says when is left alone until then, but not for ever", () => {
  expect(retryDelayMs({ attempts: 1, draw: 1, retryAfterMs: 60_000 })).toBe(60_000)
  expect(retryDelayMs({ attempts: 1, draw: 1, retryAfterMs: 1 })).toBe(5_000)
  expect(retryDelayMs({ attempts: 1, draw: 1, retryAfterMs: 99 * 3_600_000 })).toBe(4 * 3_600_000)
})
