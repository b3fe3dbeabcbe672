import type { Acknowledged } from "./load.ts"

export interface LogEvent {
  readonly id: string
  readonly stream: string
  readonly revision: number
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A grant that was asked for with an id of its own. */
export interface AskedGrant {
  readonly grantId: string
  readonly amount: bigint
  /** False: nobody was told what became of it. */
  readonly acknowledged: boolean
}

/** What the log must agree with. */
export interface ClientTruth {
  readonly namespaceId: string
  readonly acknowledged: readonly Acknowledged[]
  /** All that the namespace was to get, the first with its key. */
  readonly grants: readonly AskedGrant[]
  readonly balance: { readonly available: string; readonly held: string; readonly spent: string }
}

/** Everything that is not as it must be after any number of kills, a line each; none is what we want. */
export const findings = (events: readonly LogEvent[], truth: ClientTruth): readonly string[] => [
  ...doubledEvents(events),
  ...gaps(events),
  ...lostAnswers(events, truth.acknowledged),
  ...lostGrants(events, truth),
  ...brokenTexts(events, truth.acknowledged),
  ...openHolds(events),
  ...wrongPoints(events),
  ...wrongBooks(events, truth),
]

const doubledEvents = (events: readonly LogEvent[]): readonly string[] =>
  repeated(events.map(({ id }) => id)).map((id) => `event ${id} is there more than once`)

/** Each stream's revisions are 0, 1, 2, … without a gap. */
const gaps = (events: readonly LogEvent[]): readonly string[] =>
  [...Map.groupBy(events, ({ stream }) => stream)].flatMap(([stream, own]) => {
    const at = own.findIndex(({ revision }, index) => revision !== index)
    return at < 0 ? [] : [`${stream} has revision ${own[at]?.revision} where ${at} is due`]
  })

/** Who has an answer in full has it on record, once, at the price that it was told. */
const lostAnswers = (events: readonly LogEvent[], acknowledged: readonly Acknowledged[]): readonly string[] => {
  const completed = Map.groupBy(events.filter(({ type }) => type === "JobCompleted"), ({ data }) => String(data["jobId"]))
  const settled = Map.groupBy(events.filter(({ type }) => type === "HoldSettled"), ({ data }) => String(data["jobId"]))
  return acknowledged.flatMap(({ jobId, cost, completionTokens }) => {
    const [ends, charges] = [completed.get(jobId) ?? [], settled.get(jobId) ?? []]
    if (ends.length !== 1) return [`${jobId} was answered, and completed ${ends.length} times: ${storyOf(events, jobId)}`]
    if (charges.length !== 1) return [`${jobId} was answered, and charged ${charges.length} times`]
    const charge = charges[0]?.data ?? {}
    const told = `${jobId}: ${completionTokens} tokens told`
    if (charge["completionTokens"] !== completionTokens) return [`${told}, ${charge["completionTokens"]} charged: ${storyOf(events, jobId)}`]
    return String(charge["price"]) === String(cost) ? [] : [`${jobId}: ${cost} told, ${charge["price"]} charged`]
  })
}

const storyOf = (events: readonly LogEvent[], jobId: string): string =>
  events
    .filter(({ data }) => data["jobId"] === jobId)
    .map(({ type, data }) => [type, ...["reason", "attemptId", "deliveredTokens", "tokens"].flatMap((field) => (field in data ? [String(data[field])] : []))].join(" "))
    .join(", ")

/** The model is greedy: one question has one answer, whoever gave which part of it. */
const brokenTexts = (events: readonly LogEvent[], acknowledged: readonly Acknowledged[]): readonly string[] =>
  [...Map.groupBy(acknowledged, ({ question }) => question)].flatMap(([question, answers]) => {
    const texts = [...Map.groupBy(answers, ({ text }) => text)].toSorted(([, a], [, b]) => b.length - a.length)
    return texts.slice(1).flatMap(([text, few]) =>
      few.map(({ jobId }) => `${JSON.stringify(question)} was answered ${JSON.stringify(text)} (${jobId}): ${storyOf(events, jobId)}`),
    )
  })

const openHolds = (events: readonly LogEvent[]): readonly string[] => {
  const idsOf = (...types: readonly string[]) => events.filter(({ type }) => types.includes(type)).map(({ data }) => String(data["holdId"]))
  const ended = idsOf("HoldSettled", "HoldReleased")
  const open = idsOf("HoldPlaced").filter((id) => !new Set(ended).has(id))
  return [...open.map((id) => `${id} has no end`), ...repeated(ended).map((id) => `${id} ended more than once`)]
}

/** Who was told of a grant finds it once; who was told nothing finds it once at most. */
const lostGrants = (events: readonly LogEvent[], { grants, namespaceId }: ClientTruth): readonly string[] => {
  const own = events.filter(({ type, data }) => type === "CreditsGranted" && data["namespaceId"] === namespaceId)
  const made = Map.groupBy(own, ({ data }) => String(data["grantId"]))
  const unasked = [...made.keys()].filter((id) => !grants.some(({ grantId }) => grantId === id))
  return [
    ...unasked.map((id) => `nobody asked for the grant ${id}`),
    ...grants.flatMap(({ grantId, amount, acknowledged }) => {
      const found = made.get(grantId) ?? []
      if (found.length > 1 || (acknowledged && found.length === 0)) return [`the grant ${grantId} was ${acknowledged ? "" : "not "}acknowledged, and made ${found.length} times`]
      return found.every(({ data }) => String(data["amount"]) === String(amount)) ? [] : [`the grant ${grantId} is not of ${amount}`]
    }),
  ]
}

interface Share {
  readonly attemptId: string
  readonly tokens: number
}

/** Points for each attempt that was paid for, once; for nothing else. */
const wrongPoints = (events: readonly LogEvent[]): readonly string[] => {
  const shares = events.filter(({ type }) => type === "HoldSettled").flatMap(({ data }) => data["shares"] as readonly Share[])
  const awards = Map.groupBy(events.filter(({ type }) => type === "RcpAwarded"), ({ data }) => String(data["attemptId"]))
  const paid = new Set(shares.map(({ attemptId }) => attemptId))
  return [
    ...[...awards.keys()].filter((id) => !paid.has(id)).map((id) => `${id} has points and no pay`),
    ...shares.flatMap(({ attemptId, tokens }) => {
      const own = awards.get(attemptId) ?? []
      if (own.length > 1 || (tokens > 0 && own.length === 0)) return [`${attemptId} was paid for ${tokens} tokens, and got points ${own.length} times`]
      return own.every(({ data }) => data["outputTokens"] === tokens) ? [] : [`${attemptId} was paid for ${tokens} tokens, and has points for others`]
    }),
  ]
}

const wrongBooks = (events: readonly LogEvent[], { balance, namespaceId }: ClientTruth): readonly string[] => {
  const [available, held, spent] = [BigInt(balance.available), BigInt(balance.held), BigInt(balance.spent)]
  const sumOf = (type: string, field: string): bigint =>
    events.filter((event) => event.type === type && event.data["namespaceId"] === namespaceId).reduce((sum, { data }) => sum + BigInt(String(data[field])), 0n)
  const [granted, prices] = [sumOf("CreditsGranted", "amount"), sumOf("HoldSettled", "price")]
  const unbalanced = events.filter(({ data }) => postingsOf(data).reduce((sum, { amount }) => sum + BigInt(amount), 0n) !== 0n)
  return [
    ...(available + held + spent === granted ? [] : [`${granted} granted, but ${available} available + ${held} held + ${spent} spent`]),
    ...(held === 0n ? [] : [`${held} are still held`]),
    ...(spent === prices ? [] : [`${spent} spent, but the charges are ${prices}`]),
    ...unbalanced.map(({ id, type }) => `the postings of the ${type} ${id} do not sum to zero`),
  ]
}

const postingsOf = (data: LogEvent["data"]): readonly { readonly amount: string }[] =>
  Array.isArray(data["postings"]) ? (data["postings"] as readonly { readonly amount: string }[]) : []

const repeated = (ids: readonly string[]): readonly string[] =>
  [...Map.groupBy(ids, (id) => id)].flatMap(([id, all]) => (all.length > 1 ? [id] : []))
