import { randomUUID } from "node:crypto"
import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { uuidV7 } from "#commands/ids.ts"
import type { Delivery } from "#commands/ports/job-stream.ts"
import { AttemptId, JobId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { natsBus } from "#infra/nats/bus.ts"
import { type NatsLog, openNatsEventLog } from "#infra/nats/event-log.ts"
import { natsJobStream } from "#infra/nats/job-stream.ts"
import { NATS_ROLES, type NatsRole } from "#infra/nats/accounts/role-permissions.ts"
import { attempt, commitOf, readAll, run } from "#test/support/contract-events.ts"
import { type AccountServers, startAccountServers, type User } from "#test/support/nats-accounts.ts"

const REPLY_MS = 5_000
const ENVIRONMENT = "testnet"
/** What each role must be able to add to; the rest it must not. */
const APPENDS: Readonly<Record<NatsRole, readonly string[]>> = {
  cloud: ["job", "ledger", "request", "feedback"],
  io: ["job", "node"],
  dispatcher: ["job"],
  settlement: ["ledger", "rcp"],
  watchdog: ["job", "ledger", "node", "rcp"],
  projector: [],
  gate: ["key", "ledger", "namespace"],
  status: [],
  admin: ["key", "ledger", "namespace", "policy"],
}
const CATEGORIES = [...new Set(Object.values(APPENDS).flat())]

const counters = memoryCounters()
const defects: unknown[] = []

describe.each([1, 3] as const)("on %d server(s) with accounts", (count) => {
  let servers: AccountServers
  const users = new Map<NatsRole, User>()
  const logs = new Map<NatsRole, NatsLog>()

  beforeAll(async () => {
    servers = await startAccountServers(count)
    for (const role of NATS_ROLES) {
      const user = await servers.as(ENVIRONMENT, role)
      users.set(role, user)
      logs.set(role, await openNatsEventLog(user.connection, { prefix: `resultity-${ENVIRONMENT}`, replicas: count, monitorUrls: servers.monitorUrls }))
    }
  })
  afterAll(async () => {
    for (const log of logs.values()) await log.close()
    await servers.close()
  })

  const userOf = (role: NatsRole): User => users.get(role) ?? expect.fail(`${role} is not connected`)
  const logOf = (role: NatsRole): NatsLog => logs.get(role) ?? expect.fail(`${role} has no log`)
  const busOf = (role: NatsRole) =>
    natsBus(userOf(role).connection, { prefix: `resultity.${ENVIRONMENT}`, counters, onDefect: (cause) => defects.push(cause) })
  const jobsOf = (role: NatsRole) => natsJobStream(userOf(role).connection, { environment: ENVIRONMENT, counters, replicas: count })

  it.each(NATS_ROLES)("%s reads the whole log, and adds to its own categories of streams only", async (role) => {
    const { store, feed } = logOf(role)
    for (const category of APPENDS[role]) {
      // Enough at once for one atomic batch.
      const streams = Array.from({ length: 20 }, () => `${category}-${uuidV7()}`)
      const appended = await Promise.all(streams.map((stream) => run(store.append(commitOf(stream, NO_STREAM, 2)))))
      expect(appended.map(({ revision }) => revision)).toEqual(streams.map(() => 1))
      expect(await run(store.readStream(streams[0] ?? "", 0))).toHaveLength(2)
    }
    expect((await readAll(feed)).length).toBeGreaterThanOrEqual(APPENDS[role].length * 40)
    for (const category of CATEGORIES.filter((other) => !APPENDS[role].includes(other))) {
      const stream = `${category}-${uuidV7()}`
      const refused = await attempt(store.append(commitOf(stream, NO_STREAM)))
      expect(Result.isFailure(refused) && refused.failure).toMatchObject({ _tag: "EventStoreUnavailable" })
      expect(await run(logOf("admin").store.readStream(stream, 0))).toEqual([])
    }
  })

  it("dispatch gives a job to a node through io, io's tokens reach cloud, and dispatch asks cloud what its client has", async () => {
    const [cloud, io, dispatcher] = [busOf("cloud"), busOf("io"), busOf("dispatcher")]
    const assignment = assignmentOf()
    const { nodeId, jobId } = assignment
    const [sending, receiving] = [await jobsOf("dispatcher"), await jobsOf("io")]
    const delivered: Delivery[] = []
    const heard: unknown[] = []
    receiving.consume(nodeId, (delivery) => {
      delivered.push(delivery)
      delivery.ack()
      io.publish(`tokens.${jobId}`, { type: "tokens" })
    })
    cloud.subscribe(`tokens.${jobId}`, (message) => heard.push(message))
    cloud.serve(`delivered.${jobId}`, async (request) => ({ asked: request }))
    io.serve("count.a.model", async () => ({ ok: true, tokens: 7 }))
    io.serve(`said.${jobId}`, async () => ({ said: "all" }))
    for (const role of ["cloud", "io"] as const) await userOf(role).connection.flush()
    await run(sending.enqueue(assignment))
    await vi.waitFor(() => expect(heard).toEqual([{ type: "tokens" }]), { timeout: REPLY_MS })
    expect(delivered.map((one) => one.assignment)).toEqual([assignment])
    expect(await run(dispatcher.request(`delivered.${jobId}`, "all", REPLY_MS))).toEqual({ asked: "all" })
    expect(await run(io.request(`delivered.${jobId}`, "all", REPLY_MS))).toEqual({ asked: "all" })
    expect(await run(cloud.request(`said.${jobId}`, {}, REPLY_MS))).toEqual({ said: "all" })
    expect(await run(cloud.request("count.a.model", {}, REPLY_MS))).toEqual({ ok: true, tokens: 7 })
    await receiving.close()
    await sending.close()
    for (const role of ["cloud", "io", "dispatcher"] as const) expect([role, ...refusalsOf(userOf(role))]).toEqual([role])
    expect(defects).toEqual([])
  })

  it("an assignment that cannot be delivered ends among the dead letters", async () => {
    const [sending, receiving] = [await jobsOf("dispatcher"), await jobsOf("io")]
    const assignment = { ...assignmentOf(), expiresAt: Date.now() - 1 }
    receiving.consume(assignment.nodeId, () => expect.fail("it had expired"))
    const buried = (): number => counters.snapshot().find(({ name }) => name === "job_stream_dead_letters_total")?.value ?? 0
    const before = buried()
    await run(sending.enqueue(assignment))
    await vi.waitFor(() => expect(buried()).toBe(before + 1), { timeout: REPLY_MS })
    await receiving.close()
    await sending.close()
    for (const role of ["io", "dispatcher"] as const) expect([role, ...refusalsOf(userOf(role))]).toEqual([role])
  })
})

/** Without those that the tests above provoke. */
const refusalsOf = ({ refused }: User): readonly string[] => [...refused].filter((refusal) => !refusal.includes(".log."))

const assignmentOf = () => ({
  jobId: JobId.make(`job_${uuidV7()}`),
  attemptId: AttemptId.make(`att_${uuidV7()}`),
  namespaceId: NamespaceId.make(`ns_${uuidV7()}`),
  nodeId: NodeId.make(`0x${randomUUID().replaceAll("-", "")}00000000`),
  sessionId: SessionId.make(`sess_${uuidV7()}`),
  model: "tiny", maxOutputTokens: 8, deliveredCharacters: 0, expiresAt: Date.now() + 60_000,
})
