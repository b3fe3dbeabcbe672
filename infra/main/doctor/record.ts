import type { Position } from "#domain/kernel/envelope.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { fail, type Finding, ok, warn } from "./check.ts"

/** Holds looked at; more than this many open ones is a finding by itself. */
const MAX_HOLDS = 10_000
/** The watchdog looks every few seconds. */
const OVERDUE_GRACE_MS = 60_000

/** What the log and the read models say about themselves. */
export const checkRecord = async (folder: DataFolder): Promise<readonly Finding[]> => {
  const head = await folder.run(folder.log.feed.head)
  const findings = [ok("postgres", "answers"), ok("log", `${head} events`)]
  return [...findings, ...(await checkProjections(folder, head)), await checkBooks(folder), await checkHolds(folder)]
}

const checkBooks = async (folder: DataFolder): Promise<Finding> => {
  const { credits, rcp } = await balanceQueries(folder.readDb).trialBalance()
  if (credits === 0n && rcp === 0n) return ok("books", "credits and points sum to zero")
  const advice = "run `resultity replay --verify`: either a read model is wrong, or the log is"
  return fail("books", `sums are ${credits} micro-credits and ${rcp} milli-RCP instead of 0`, advice)
}

const checkHolds = async (folder: DataFolder): Promise<Finding> => {
  const now = Date.now()
  const open = await balanceQueries(folder.readDb).openHolds({ placedBefore: now, limit: MAX_HOLDS })
  const overdue = open.filter((hold) => hold.expiresAt + OVERDUE_GRACE_MS < now)
  if (overdue.length === 0) return ok("holds", `${open.length} open, none overdue`)
  return warn("holds", `${overdue.length} of ${open.length} open holds are overdue`, "start `resultity up`: its watchdog ends them")
}

/** Made current first; whoever is behind then has stopped, or is kept by a network that is busy or stuck. */
const checkProjections = async (folder: DataFolder, head: Position): Promise<readonly Finding[]> => {
  const state = await folder.caughtUp()
  const stopped = state.current ? [] : state.stops.map(({ projection, at, reason }) => stop(projection, at, reason))
  const checkpoints = await folder.readDb.selectFrom("checkpoints").selectAll().orderBy("name").execute()
  const behind = checkpoints.filter(({ name, position }) => position < head && !stopped.some(({ check }) => check === name))
  if (stopped.length + behind.length === 0) return [ok("read models", `${checkpoints.length}, all at the log's head`)]
  return [...stopped, ...behind.map(({ name, position }) => late(name, head - position))]
}

const stop = (name: string, at: Position, reason: string): Finding =>
  fail(name, `stopped at event ${at}: ${reason}`, `read that event (events read --after ${at - 1n} --limit 1), then repair the rule and replay ${name}`)

const late = (name: string, events: bigint): Finding =>
  warn(name, `${events} events behind`, "a running network takes them in; if this number stays, its log says why")
