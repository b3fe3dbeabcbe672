import type { Environment } from "#domain/kernel/ids.ts"
import { networkNames } from "#infra/nats/accounts/network-names.ts"

export const NODE = `0x${"aA".repeat(20)}`
export const OTHER_NODE = `0x${"bB".repeat(20)}`
/** A stream that no role has to do with. */
export const FOREIGN_STREAM = "foreign"

const STREAM_VERBS = [
  "STREAM.CREATE", "STREAM.UPDATE", "STREAM.INFO", "STREAM.DELETE", "STREAM.PURGE", "STREAM.SNAPSHOT", "STREAM.RESTORE", "STREAM.MSG.DELETE",
  "STREAM.MSG.GET", "STREAM.PEER.REMOVE", "STREAM.PEER.EVACUATE", "STREAM.CANCEL_MOVE", "STREAM.LEADER.STEPDOWN", "DIRECT.GET",
  "CONSUMER.CREATE", "CONSUMER.NAMES", "CONSUMER.LIST",
]
const CONSUMER_VERBS = [
  "CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE", "CONSUMER.INFO", "CONSUMER.DELETE", "CONSUMER.PAUSE", "CONSUMER.RESET", "CONSUMER.UNPIN",
  "CONSUMER.MSG.NEXT", "CONSUMER.LEADER.STEPDOWN", "CONSUMER.PEER.REMOVE", "CONSUMER.PEER.EVACUATE",
]
const GLOBAL_VERBS = [
  "INFO", "STREAM.NAMES", "STREAM.LIST", "META.LEADER.STEPDOWN", "META.RESCUE", "SERVER.REMOVE", "SERVER.EVACUATE", "ACCOUNT.PURGE.X",
  "ACCOUNT.STREAM.MOVE.X.Y", "ACCOUNT.STREAM.CANCEL_MOVE.X.Y",
]
const SYSTEM = [
  "$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO", "$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.CLAIMS.LIST", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.SERVER.X.RELOAD",
  "$SYS.ACCOUNT.X.CONNECT", "$SYS.DEBUG.SUBSCRIBERS", "$JS.FC.x", "$JS.EVENT.ADVISORY.API", "$JSC.X", "$NRG.V.X", "$KV.X.y", "$O.X.y", "$SRV.PING", "$MQTT.x",
]
const BUS = [
  "tokens.job_1", "delivered.job_1", "said.job_1", "request.req_1", "count.some.model", `node.${NODE}`, `node.${OTHER_NODE}`, "tap.job", "tap.capacity", "tap.slot",
  "tap.ledger.ns_1", "beat.gateway", "beat.watchdog", "anything",
]
const CATEGORIES = ["job", "ledger", "node", "rcp", "policy", "key", "namespace", "request", "feedback", "account", "made-up"]

/** One subject of each kind that means something on the servers of these networks, whoever it is meant for. */
export const everySubject = (inboxes: readonly string[]): readonly string[] => [
  ...GLOBAL_VERBS.map((verb) => `$JS.API.${verb}`),
  ...SYSTEM,
  ...(["testnet", "mainnet"] as const).flatMap(ofNetwork),
  ...streamSubjects(FOREIGN_STREAM, [NODE]),
  ...inboxes.map((inbox) => `${inbox}.answer`),
  "_INBOX.x.y", "jobs", "other", "resultity.x",
]

const ofNetwork = (environment: Environment): readonly string[] => {
  const { bus, log, jobs } = networkNames(environment)
  const stream = log.subjects.slice(0, -1)
  return [
    ...BUS.map((subject) => `${bus}.${subject}`),
    ...CATEGORIES.map((category) => `${stream}${category}.x`),
    `${stream}job`, `${stream}job.x.y`, log.headSubject,
    ...[NODE, OTHER_NODE].flatMap((node) => [`jobs.${environment}.${node}`, `jobs-taken.${environment}.${node}`]),
    jobs.deadSubject,
    ...[log.stream, jobs.jobs, jobs.dead, jobs.exhausted].flatMap((name) => streamSubjects(name, [NODE, OTHER_NODE, "dead-letters"])),
    `$JS.API.CONSUMER.CREATE.${jobs.jobs}.${NODE}.jobs.${environment}.${NODE}`,
    `$JS.API.CONSUMER.CREATE.${jobs.jobs}.${NODE}.jobs.${environment}.a.b`,
    `$JS.API.DIRECT.GET.${log.stream}.${stream}job.x`,
  ]
}

const streamSubjects = (stream: string, consumers: readonly string[]): readonly string[] => [
  ...STREAM_VERBS.map((verb) => `$JS.API.${verb}.${stream}`),
  ...consumers.flatMap((consumer) => [
    ...CONSUMER_VERBS.map((verb) => `$JS.API.${verb}.${stream}.${consumer}`),
    `$JS.ACK.${stream}.${consumer}.1.1.1.1.0`,
  ]),
]

/** To listen in on: all of the above, and what would cover it. */
export const everySubscription = (inboxes: readonly string[]): readonly string[] => [
  ">", "*", "*.>", "*.*", "$SYS.>", "$JS.>", "$JS.API.>", "$JS.ACK.>", "_INBOX.>", "_R_.>", "resultity.>", "resultity.*.>", "jobs.>", "jobs.*.*",
  "resultity-testnet.>", "resultity-mainnet.>", "resultity.testnet.>", "resultity.mainnet.>", "resultity.mainnet.node.>",
  ...inboxes.map((inbox) => `${inbox}.>`),
  ...everySubject(inboxes),
]

/** Whether a subject, which may itself have wildcards, lies within one of the patterns. */
export const covered = (subject: string, patterns: readonly string[]): boolean => patterns.some((pattern) => within(subject.split("."), pattern.split(".")))

const within = (subject: readonly string[], pattern: readonly string[]): boolean => {
  for (const [index, token] of pattern.entries()) {
    if (token === ">") return subject.length > index
    const actual = subject[index]
    // Seen on 2.15.2: who may listen to `a.*` may also listen to `a.>`. So no list has a `*` with something of others below it.
    if (actual === undefined || (token !== "*" && token !== actual)) return false
  }
  return subject.length === pattern.length
}
