import { CAPACITY_TAP, GATEWAY_BEAT, JOB_TAP, ledgerTap, SLOT_TAP, WATCHDOG_BEAT } from "#domain/protocol/bus-messages.ts"
import type { NetworkNames } from "./network-names.ts"
import { jobsConsuming, jobsEnqueueing, jobsKeeping, logReading, type StoreService, telemetryNoting } from "./store-services.ts"

/** Who has credentials of its own among the platform's processes. `admin` is also what the operator's command line uses. */
export const NATS_ROLES = ["cloud", "io", "dispatcher", "settlement", "watchdog", "projector", "gate", "status", "admin"] as const
export type NatsRole = (typeof NATS_ROLES)[number]

/** All that a user may do; what is not named is refused. Its own inbox comes on top. */
export interface Allowed {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** Whether it may reply to whoever asks it something. */
  readonly answers: boolean
}

export const allowedTo = (role: NatsRole, names: NetworkNames): Allowed => {
  const { log } = names
  const { appends, jobs, publish, subscribe, answers } = ROLES[role](names)
  const toLog = appends.map((category) => `${log.subjects.slice(0, -1)}${category}.*`)
  return {
    publish: [
      ...new Set([...subjectsOf(logReading(names)), ...subjectsOf(jobs)]),
      ...toLog,
      ...(toLog.length === 0 ? [] : [log.headSubject]),
      ...publish,
    ],
    subscribe: [log.headSubject, ...subscribe],
    answers,
  }
}

interface Work {
  /** Categories of streams in the log that it adds to. */
  readonly appends: readonly string[]
  readonly jobs: readonly StoreService[]
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  readonly answers: boolean
}

const subjectsOf = (services: readonly StoreService[]): readonly string[] => services.map(({ subject }) => subject)

const NONE = { appends: [], jobs: [], publish: [], subscribe: [], answers: false } as const

/** The one subject token for any job, node or namespace. */
const EACH = "*"

/** What is erased, told and raised of a namespace. */
const OF_ACCOUNTS = ["content", "webhooks", "alerts"] as const

const ROLES: Readonly<Record<NatsRole, (names: NetworkNames) => Work>> = {
  /** Holds credits, enters jobs, hears their tokens, tells dispatch what the client has. Takes over requests of gateways that are silent. */
  cloud: ({ bus }) => ({
    appends: ["batch", "feedback", "file", "job", "ledger", "request"],
    jobs: [],
    publish: on(bus, "count.>", "said.*", "request.*", JOB_TAP, ledgerTap(EACH), GATEWAY_BEAT, WATCHDOG_BEAT),
    subscribe: on(bus, "tokens.*", "delivered.*", "request.*", ledgerTap(EACH), GATEWAY_BEAT, WATCHDOG_BEAT),
    answers: true,
  }),
  /** Speaks for connected nodes. */
  io: (names) => ({
    appends: ["job", "node"],
    jobs: [...jobsKeeping(names), ...jobsConsuming(names), ...telemetryNoting(names)],
    publish: [...on(names.bus, "tokens.*", "delivered.*", CAPACITY_TAP, SLOT_TAP, JOB_TAP), takenOf(names)],
    subscribe: [...on(names.bus, "node.*", "count.>", "said.*"), takenOf(names)],
    answers: true,
  }),
  dispatcher: (names) => ({
    appends: ["job"],
    jobs: [...jobsKeeping(names), ...jobsEnqueueing(names)],
    publish: on(names.bus, "node.*", "tokens.*", "delivered.*", JOB_TAP),
    subscribe: on(names.bus, JOB_TAP, CAPACITY_TAP, SLOT_TAP),
    answers: false,
  }),
  settlement: ({ bus }) => ({ ...NONE, appends: ["ledger", "rcp"], publish: on(bus, ledgerTap(EACH)), subscribe: on(bus, JOB_TAP) }),
  /** Ends what has lost its gateway, and settles it; erases content, raises alerts, disables webhooks that are gone. */
  watchdog: ({ bus }) => ({
    ...NONE,
    appends: ["job", "ledger", "node", "rcp", ...OF_ACCOUNTS],
    publish: on(bus, JOB_TAP, ledgerTap(EACH), WATCHDOG_BEAT),
    subscribe: on(bus, GATEWAY_BEAT, WATCHDOG_BEAT),
  }),
  projector: () => NONE,
  /** Keeps accounts' keys, namespaces and webhooks, moves their credits, erases their content. */
  gate: ({ bus }) => ({ ...NONE, appends: ["key", "ledger", "namespace", ...OF_ACCOUNTS], publish: on(bus, ledgerTap(EACH)) }),
  status: () => NONE,
  admin: ({ bus }) => ({ ...NONE, appends: ["batch", "key", "ledger", "namespace", "policy", ...OF_ACCOUNTS], publish: on(bus, ledgerTap(EACH)) }),
}

/** `jobs-taken.<environment>.<any node>`. */
const takenOf = ({ environment }: NetworkNames): string => `jobs-taken.${environment}.${EACH}`

const on = (bus: string, ...subjects: readonly string[]): readonly string[] => subjects.map((subject) => `${bus}.${subject}`)
