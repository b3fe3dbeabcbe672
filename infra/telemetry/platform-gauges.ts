import type { PresenceShape } from "#commands/ports/presence.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import type { ReadDb } from "#projections/read-db.ts"
import type { Gauge } from "./gauge.ts"

const one = (read: () => Promise<number>) => async () => [{ of: "", value: await read() }]

export const jobsWaiting = (readDb: ReadDb): Gauge => ({
  name: "resultity_jobs_waiting",
  help: "Jobs that no node has yet, or none any more.",
  label: null,
  read: one(jobQueries(readDb).waiting),
})

export const holdsOpen = (readDb: ReadDb): Gauge => ({
  name: "resultity_holds_open",
  help: "Holds that are neither settled nor released.",
  label: null,
  read: one(balanceQueries(readDb).countOpenHolds),
})

/** `offline`: registered once and not heard of now. */
export const nodesByState = (presence: Pick<PresenceShape, "online">, readDb: ReadDb): Gauge => ({
  name: "resultity_nodes",
  help: "Nodes by state, as this process sees them.",
  label: "state",
  read: async () => {
    const registered = await nodeQueries(readDb).countRegistered()
    const online = presence.online(Date.now()).length
    return [{ of: "online", value: online }, { of: "offline", value: Math.max(0, registered - online) }]
  },
})
