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

const checkProjections = async (folder: DataFolder, head: Position): Promise<readonly Finding[]> => {
  const checkpoints = await folder.readDb.selectFrom("checkpoints").selectAll().orderBy("name").execute()
  const behind = checkpoints.filter(({ position }) => position < head)
  if (behind.length === 0) return [ok("read models", `${checkpoints.length} projections, all at the log's head`)]
  return behind.map(({ name, position }) =>
    warn("read models", `${name} is ${head - position} events behind`, "if `resultity up` runs and this stays, read its log for why it stopped"),
  )
}
