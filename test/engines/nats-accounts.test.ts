import { jetstreamManager, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { ensureJobStreams, nodeConsumer } from "#infra/nats/job-stream-setup.ts"
import { ensureLogStream } from "#infra/nats/log-stream.ts"
import { networkNames } from "#infra/nats/accounts/network-names.ts"
import { allowedTo, NATS_ROLES } from "#infra/nats/accounts/role-permissions.ts"
import { NodeId } from "#domain/kernel/ids.ts"
import * as busMessages from "#domain/protocol/bus-messages.ts"
import { type AccountServers, startAccountServers, type User } from "#test/support/nats-accounts.ts"
import { covered, everySubject, everySubscription, FOREIGN_STREAM, NODE, OTHER_NODE } from "#test/support/nats-universe.ts"

const names = networkNames("mainnet")
const { jobs, log } = names
/** So that nothing of what a walk sends does anything but be refused or be an error. */
const NONSENSE = "{"

const ACK_WAIT_MS = 600_000
/** Nobody may listen to it. */
const LAST = "the.end.of.the.walk"

let servers: AccountServers
let administrator: User
let manager: JetStreamManager

beforeAll(async () => {
  servers = await startAccountServers(1)
  for (const environment of ["testnet", "mainnet"] as const) {
    const admin = await servers.as(environment, "administrator")
    const streams = await jetstreamManager(admin.connection)
    await ensureLogStream(streams, networkNames(environment).log, 1)
    await ensureJobStreams(streams, { names: networkNames(environment).jobs, replicas: 1 })
    await streams.streams.add({ name: FOREIGN_STREAM, subjects: ["foreign.>"] })
    for (const node of [NODE, OTHER_NODE]) {
      const config = nodeConsumer(networkNames(environment).jobs, NodeId.make(node), ACK_WAIT_MS)
      await streams.consumers.add(networkNames(environment).jobs.jobs, config)
    }
    administrator = admin
    manager = streams
  }
})
afterAll(() => servers.close())

/** Everything that stands in the store once what was asked of it before is done, but not how long ago something happened. */
const state = async (): Promise<unknown> => {
  for (const node of [NODE, OTHER_NODE]) {
    const pull = `$JS.API.CONSUMER.MSG.NEXT.${jobs.jobs}.${node}`
    await administrator.connection.request(pull, JSON.stringify({ batch: 1, no_wait: true }), { timeout: 5_000, noMux: true })
    await manager.consumers.add(jobs.jobs, nodeConsumer(jobs, NodeId.make(node), ACK_WAIT_MS))
  }
  const streams: StreamInfo[] = []
  for await (const stream of manager.streams.list()) streams.push(stream)
  const consumers = await Promise.all([NODE, OTHER_NODE].map((node) => manager.consumers.info(jobs.jobs, node)))
  return {
    streams: streams.map(({ config, state: { messages, last_seq } }) => ({ config, messages, last_seq })),
    consumers: consumers.map(({ config }) => config),
  }
}

interface Walk {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** What the server lets through of everything there is, once as a message and once as a request. */
const walk = async ({ connection, inbox, refused }: User, inboxes: readonly string[]): Promise<Walk> => {
  const subjects = everySubject(inboxes)
  const subscriptions = everySubscription(inboxes)
  for (const subject of subjects) connection.publish(subject, NONSENSE)
  for (const subject of subjects) connection.publish(subject, NONSENSE, { reply: `${inbox}.walk` })
  for (const subject of [...subscriptions, LAST]) connection.subscribe(subject, { callback: () => {} })
  await connection.flush()
  // The server refuses in order.
  await vi.waitFor(() => expect(refused).toContain(`Subscription ${LAST}`))
  return {
    publish: subjects.filter((subject) => !refused.has(`Publish ${subject}`)),
    subscribe: subscriptions.filter((subject) => !refused.has(`Subscription ${subject}`)),
  }
}

const others = async (): Promise<readonly string[]> =>
  [await servers.as("mainnet", "cloud"), await servers.asNode("mainnet", OTHER_NODE), administrator].map(({ inbox }) => inbox)

describe("a node's credentials", () => {
  it("let it fetch from and acknowledge to its own consumer, hear its own inbox, and nothing else", async () => {
    const node = await servers.asNode("mainnet", NODE)
    const through = await walk(node, [node.inbox, ...(await others())])
    expect(through.publish).toEqual([`$JS.API.CONSUMER.MSG.NEXT.${jobs.jobs}.${NODE}`, `$JS.ACK.${jobs.jobs}.${NODE}.1.1.1.1.0`])
    expect(through.subscribe).toEqual([`${node.inbox}.>`, `${node.inbox}.answer`])
  })

  it("cannot make the servers do in its name what it may not do itself: as the reply of what it may ask", async () => {
    const node = await servers.asNode("mainnet", NODE)
    const before = await state()
    const targets = everySubject([])
    for (const reply of targets) {
      if (/^(\$JS\.ACK|_R_)/.test(reply)) continue
      node.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${jobs.jobs}.${NODE}`, JSON.stringify({ batch: 1, no_wait: true }), { reply })
      node.connection.publish(`$JS.ACK.${jobs.jobs}.${NODE}.1.1.1.1.0`, "+ACK", { reply })
    }
    await node.connection.flush()
    expect(await state()).toEqual(before)
  })
})

describe.each(NATS_ROLES)("the credentials of %s", (role) => {
  it("let it do what its list says, and nothing else of all there is", async () => {
    const user = await servers.as("mainnet", role)
    const inbox = user.inbox
    const inboxes = [inbox, ...(await others()).filter((other) => other !== inbox)]
    const { publish, subscribe } = allowedTo(role, names)
    const through = await walk(user, inboxes)
    expect(through.publish).toEqual(everySubject(inboxes).filter((subject) => covered(subject, publish)))
    expect(through.subscribe).toEqual(everySubscription(inboxes).filter((subject) => covered(subject, [...subscribe, `${inbox}.>`])))
  })

  it("never let it delete, purge or change a stream, whatever the detour", async () => {
    const user = await servers.as("mainnet", role)
    expect(allowedTo(role, names).publish.filter((subject) => /STREAM\.(DELETE|PURGE|UPDATE|RESTORE)/.test(subject))).toEqual([])
    const before = await state()
    const targets = everySubject([]).filter((subject) => subject.startsWith("$JS.API.STREAM.") || subject.startsWith(`${log.stream.slice(0, -4)}.log.`))
    const askable = allowedTo(role, names).publish.filter((subject) => subject.startsWith("$JS.") && !/CREATE|MSG\.DELETE/.test(subject))
    for (const subject of askable.map((pattern) => pattern.replaceAll("*", NODE).replace(/>$/, "1.1.1.1.0"))) {
      const query = subject.includes("DIRECT.GET") ? { seq: 1_000_000 } : { batch: 1, no_wait: true }
      const body = subject.startsWith("$JS.ACK") ? "+ACK" : JSON.stringify(query)
      for (const reply of targets) user.connection.publish(subject, body, { reply })
    }
    await user.connection.flush()
    expect(await state()).toEqual(before)
  })
})

describe("the lists of all roles together", () => {
  const subjects = Object.values<unknown>(busMessages).flatMap((exported) => {
    const subject: unknown = typeof exported === "function" ? exported("x") : exported
    return typeof subject === "string" ? [`${names.bus}.${subject}`] : []
  })

  it.each(subjects)("let somebody say and somebody hear %s", (subject) => {
    const allowed = NATS_ROLES.map((role) => allowedTo(role, names))
    expect(allowed.some(({ publish }) => covered(subject, publish))).toBe(true)
    expect(allowed.some(({ subscribe }) => covered(subject, subscribe))).toBe(true)
  })
})
