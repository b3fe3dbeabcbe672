import pg from "pg"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { openAccount, type Account } from "#test/chaos/account.ts"
import { aftermath } from "#test/chaos/aftermath.ts"
import { type Load, startLoad } from "#test/chaos/load.ts"
import { metricOf } from "#test/chaos/metrics.ts"
import { type ChaosPlatform, startPlatform } from "#test/chaos/platform.ts"
import { PROFILES } from "#test/chaos/profiles.ts"
import { openTcpGate, type TcpGate } from "#test/support/tcp-gate.ts"

const CREDITS = 1_000_000_000n
const CLIENTS = 3
const START_MS = 180_000
const TEST_MS = 300_000
/** A lease of 5 s, and some for a busy machine. */
const TAKE_OVER = { timeout: 30_000, interval: 200 }

/** What the dispatcher and the projector that are stopped reach through a gate: so that an answer can come while they stand still. */
const GATED = ["dispatcher-1", "projector-1"]
/** The log in Postgres: its answers come over connections that carry nothing else. */
const ENV = { ...PROFILES.nats.env, EVENT_STORE: "postgres" }
/** Answers last long enough for the other dispatcher to be in the middle of one. */
const NODE_WORDS = ["--max-tokens-per-second", "15"]

let platform: ChaosPlatform
let account: Account
let database: pg.Client
const gates = new Map<string, TcpGate>()

beforeAll(async () => {
  platform = await startPlatform({
    engines: PROFILES.nats.engines, env: ENV, nodeWords: NODE_WORDS, say: () => {},
    envOf: async (name, env) => {
      if (!GATED.includes(name)) return {}
      const url = new URL(env["DATABASE_URL"] ?? "")
      const gate = await openTcpGate({ host: url.hostname, port: Number(url.port) })
      gates.set(name, gate)
      url.port = String(gate.port)
      return { DATABASE_URL: url.href }
    },
  })
  // Whose dispatcher is behind the gate leads.
  await platform.role("dispatcher-2").stop()
  await vi.waitFor(async () => expect(await terms("dispatcher-1")).toBe(1), TAKE_OVER)
  await platform.role("dispatcher-2").start()
  account = await openAccount(platform.env, CREDITS)
  database = new pg.Client({ connectionString: platform.env["DATABASE_URL"] ?? "" })
  await database.connect()
}, START_MS)
afterAll(async () => {
  await database?.end()
  await platform?.stop()
  for (const gate of gates.values()) await gate.close()
}, START_MS)

const gateOf = (name: string): TcpGate => {
  const gate = gates.get(name)
  if (gate === undefined) throw new Error(`${name} has no gate`)
  return gate
}

const acknowledged: Load["acknowledged"][number][] = []

/** Runs `work` while clients ask, and looks at what is left. Nothing may be wrong afterwards. */
const underLoad = async (work: (load: Load) => Promise<void>): Promise<void> => {
  const load = startLoad({ baseUrls: platform.baseUrls, apiKey: account.apiKey, clients: CLIENTS })
  try {
    await work(load)
    await load.nextAnswer()
  } finally {
    await load.stop()
  }
  acknowledged.push(...load.acknowledged)
  expect((await aftermath(platform, { load: { acknowledged }, account })).findings).toEqual([])
}

const terms = (name: string): Promise<number> => metricOf(platform, name, "leader_terms_total")

/** How far the least advanced read model is. */
const projectedTo = async (): Promise<bigint> => {
  const { rows } = await database.query<{ readonly position: string }>("select min(position) as position from read.checkpoints")
  return BigInt(rows[0]?.position ?? 0)
}

const projectsOn = async (): Promise<void> => {
  const before = await projectedTo()
  await vi.waitFor(async () => expect(await projectedTo()).toBeGreaterThan(before), TAKE_OVER)
}

describe("a process that stands still for longer than its lease", () => {
  it("dispatcher: the other one gives jobs to nodes, and what the old one still wanted to write is refused", async () => {
    expect([await terms("dispatcher-1"), await terms("dispatcher-2")]).toEqual([1, 0])
    // Of the first job there is: it looks at it in order to give it to a node, and stands still before the answer comes.
    const looked = gateOf("dispatcher-1").muteOn("log-read-stream")
    await underLoad(async () => {
      await looked
      platform.role("dispatcher-1").signal("SIGSTOP")
      gateOf("dispatcher-1").open()
      await vi.waitFor(async () => expect(await terms("dispatcher-2")).toBe(1), TAKE_OVER)
      platform.role("dispatcher-1").signal("SIGCONT")
      await vi.waitFor(async () => expect(await metricOf(platform, "dispatcher-1", "leader_refused_total")).toBeGreaterThan(0), TAKE_OVER)
    })
    expect(await terms("dispatcher-1")).toBe(1)
  }, TEST_MS)

  it("projector: the other one goes on, and the old one, which has not heard of it, changes no row", async () => {
    expect(await metricOf(platform, "projector-1", "projection_refused_total")).toBe(0)
    await underLoad(async (load) => {
      // Its lock's connection: it will not hear that the server has closed it.
      await load.nextAnswer()
      await gateOf("projector-1").muteOn("select 1")
      platform.role("projector-1").signal("SIGSTOP")
      await projectsOn()
      platform.role("projector-1").signal("SIGCONT")
      await vi.waitFor(async () => expect(await metricOf(platform, "projector-1", "projection_refused_total")).toBeGreaterThan(0), TAKE_OVER)
      gateOf("projector-1").open()
      await projectsOn()
    })
  }, TEST_MS)

  it("projector, in the middle of a transaction: its locks on rows do not hold up the other one", async () => {
    // Whoever projects now: only one of them is behind the gate.
    await platform.role("projector-2").stop()
    await projectsOnUnderLoad()
    await platform.role("projector-2").start()
    await underLoad(async () => {
      await gateOf("projector-1").muteOn("json_to_recordset")
      platform.role("projector-1").signal("SIGSTOP")
      await projectsOn()
      gateOf("projector-1").open()
      platform.role("projector-1").signal("SIGCONT")
      await projectsOn()
    })
  }, TEST_MS)
})

const projectsOnUnderLoad = (): Promise<void> => underLoad(() => projectsOn())
