import { noWebhooks } from "../gateways/gate/fake-account-deps.ts"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { keyAccess } from "#test/support/key-access.ts"
import { newJobId, newKeyId, newNamespaceId } from "#commands/ids.ts"
import { memoryBus } from "#infra/memory/bus.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { memoryJobStream } from "#infra/memory/job-stream.ts"
import { memoryLeases } from "#infra/memory/leases.ts"
import { memoryPresence } from "#infra/memory/presence.ts"
import { memoryTelemetry } from "#infra/memory/telemetry.ts"
import { makeLogger } from "#infra/main/logging.ts"
import { networkRuntime } from "#infra/main/network-layers.ts"
import { projectorLog } from "#infra/main/projector-log.ts"
import { requestLog } from "#infra/telemetry/request-log.ts"
import { noMetrics } from "#commands/ports/metrics.ts"
import { nodeSignatures } from "#infra/crypto/node-signatures.ts"
import { newSecretsFile } from "#infra/config/secrets.ts"

const PLANTED = "hunter2swordfish"
const KEY = `rk_live_abcdefghijkl_${PLANTED}${"x".repeat(16)}_0123abcd`

const captured = () => {
  const lines: string[] = []
  const logger = makeLogger("trace", { write: (line) => lines.push(line) })
  const text = (): string => {
    // A test that logged nothing would find nothing.
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) JSON.parse(line)
    return lines.join("")
  }
  return { logger, text }
}

describe("a secret that is logged by mistake does not show", () => {
  const inText: readonly (readonly [string, string])[] = [
    ["an API key", `made ${KEY}`],
    ["an API key without its end", `made rk_test_abcdefghijkl_${PLANTED}`],
    ["a password in a URL", `postgres://resultity:${PLANTED}@127.0.0.1:5432/x`],
    ["a password with an @ in it", `amqp://u:p@${PLANTED}@127.0.0.1`],
    ["a password without a user", `redis://:${PLANTED}@127.0.0.1:6379`],
    ["passwords of several servers", `nats://a:${PLANTED}@h1:4222,nats://b:${PLANTED}@h2:4222`],
    ["a password behind a scheme of two words", `mongodb+srv://u:${PLANTED}@h/x`],
    ["a bearer token", `authorization: Bearer ${PLANTED}-1234567890`],
    ["a private key", `-----BEGIN PRIVATE KEY-----\n${PLANTED}\n-----END PRIVATE KEY-----`],
  ]

  it.each(inText)("%s in a message, a field, an array, a nested field, an error and its stack", (_, secret) => {
    const { logger, text } = captured()
    logger.info(secret)
    logger.info({ at: secret, list: [secret], deep: { deeper: { at: [secret] } } }, "fields")
    logger.error({ err: new Error(secret) }, "lost")
    logger.child({ at: secret }).warn("child")
    expect(text()).not.toContain(PLANTED)
  })

  it.each([
    ["apiKey"], ["api_key"], ["secret"], ["password"], ["pepper"], ["rootKey"], ["privateKey"], ["token"], ["adminToken"], ["authorization"],
    ["cookie"], ["messages"], ["prompt"], ["content"], ["answer"], ["text"], ["delivered_text"], ["body"], ["headers"],
  ])("anything in a field called %s, at any depth", (name) => {
    const { logger, text } = captured()
    logger.info({ [name]: PLANTED }, "top")
    logger.info({ a: { [name]: PLANTED } }, "one")
    logger.info({ a: { b: [{ c: { [name]: { inner: PLANTED } } }] } }, "four")
    logger.info({ a: { b: { c: { d: { e: { f: { g: PLANTED } } } } } } }, "deeper than anybody looks")
    logger.child({ [name]: PLANTED }).info("child")
    expect(text()).not.toContain(PLANTED)
  })

  it("a NATS user's seed", () => {
    const seed = `SU${"A2".repeat(28)}`
    const { logger, text } = captured()
    logger.error({ err: new Error(`${seed} is refused`) }, `connecting with ${seed}`)
    expect(text()).not.toContain(seed)
  })

  it("what a driver hangs on its errors", () => {
    const { logger, text } = captured()
    logger.warn({ err: Object.assign(new Error("it broke"), { code: "57P01", client: { connectionParameters: PLANTED } }) }, "lost")
    expect(text()).not.toContain(PLANTED)
    expect(text()).toContain("57P01")
  })

  it.each(inText)("%s in what effects say, with their causes", async (_, secret) => {
    const { logger, text } = captured()
    const counters = memoryCounters()
    const { networkKey } = JSON.parse(newSecretsFile()) as { readonly networkKey: string }
    const runtime = networkRuntime(
      {
        environment: "testnet", store: memoryLog().store, bus: memoryBus(), content: memoryContentStore(), counters, logger,
        jobStream: memoryJobStream(counters), leases: memoryLeases(), presence: memoryPresence(), telemetry: memoryTelemetry(), signatures: nodeSignatures(networkKey),
        contentDuties: { retentions: Effect.succeed([]), ended: () => Effect.succeed([]), owedErasures: () => Effect.succeed([]) },
        keyMinter: { seal: () => ({ pepperVersion: 1, digest: "" }) }, openTransfers: { list: () => Effect.succeed([]) },
        webhooks: noWebhooks, alertWatch: { signals: () => Effect.succeed([]) },
        openWork: { jobs: () => Effect.succeed([]), holds: () => Effect.succeed([]), sessions: () => Effect.succeed([]) },
      },
      { soleWriter: true, traced: null },
    )
    await runtime.runPromise(Effect.logError(secret, { at: secret }))
    await runtime.runPromise(Effect.catchCause(Effect.fail(new Error(secret)), (cause) => Effect.logWarning("failed", cause)))
    await runtime.runPromise(Effect.catchCause(Effect.fail({ _tag: "Refused", why: secret }), (cause) => Effect.logWarning("refused", cause)))
    await runtime.runPromise(Effect.catchCause(Effect.die(secret), (cause) => Effect.logWarning("died", cause)))
    await runtime.dispose()
    expect(text()).not.toContain(PLANTED)
    expect(text()).toContain("failed")
  })

  it.each(inText)("%s in what the projector says", (_, secret) => {
    const { logger, text } = captured()
    const observer = projectorLog(memoryCounters(), logger)
    observer.stopped({ projection: "jobs", at: 7n, reason: secret })
    observer.retrying(secret)
    expect(text()).not.toContain(PLANTED)
  })
})

describe("the line of a request", () => {
  const answered = { method: "POST", route: "/v1/chat/completions", status: 200, durationMs: 12.345, requestId: "req_1" }

  it("says who asked for what, how it ended and how long it took, and nothing else", () => {
    const { logger, text } = captured()
    const [jobId, keyId, namespaceId] = [newJobId(), newKeyId(), newNamespaceId()]
    requestLog({ role: "cloud", logger, metrics: noMetrics })({ ...answered, jobId, caller: { keyId, namespaceId, mode: "test", access: keyAccess(keyId) } })
    const { time: _, ...line } = JSON.parse(text()) as Record<string, unknown>
    expect(line).toEqual({
      level: 30, msg: "request", method: "POST", route: "/v1/chat/completions", status: 200, ms: 12.3, request_id: "req_1",
      job_id: jobId, key_id: keyId, namespace_id: namespaceId,
    })
  })

  it("leaves out what is not known, and is for debugging only where a probe asked", () => {
    const { logger, text } = captured()
    requestLog({ role: "admin", logger, metrics: noMetrics })({ ...answered, route: "/metrics" })
    expect(JSON.parse(text())).toMatchObject({ level: 20, route: "/metrics" })
    expect(text()).not.toContain("job_id")
  })
})
