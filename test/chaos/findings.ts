import type { Acknowledged } from "./load.ts"

export interface LogEvent {
  readonly id: string
  readonly stream: string
  readonly revision: number
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What the log must agree with. */
export interface ClientTruth {
  readonly acknowledged: readonly Acknowledged[]
  readonly granted: bigint
  readonly balance: { readonly available: string; readonly held: string; readonly spent: string }
}

/** Everything that is not as it must be after any number of kills, a line each; none is what we want. */
export const findings = (events: readonly LogEvent[], truth: ClientTruth): readonly string[] => [
  ...doubledEvents(events),
  ...gaps(events),
  ...lostAnswers(events, truth.acknowledged),
  ...brokenTexts(truth.acknowledged),
  ...openHolds(events),
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
    if (charge["completionTokens"] !== completionTokens) return [`${jobId}: ${completionTokens} tokens told, ${charge["completionTokens"]} charged`]
    return String(charge["price"]) === String(cost) ? [] : [`${jobId}: ${cost} told, ${charge["price"]} charged`]
  })
}

const storyOf = (events: readonly LogEvent[], jobId: string): string =>
  events
    .filter(({ data }) => data["jobId"] === jobId)
    .map(({ type, data }) => `${type}${data["reason"] === undefined ? "" : ` (${String(data["reason"])})`}`)
    .join(", ")

/** The model is greedy: one question has one answer, whoever gave which part of it. */
const brokenTexts = (acknowledged: readonly Acknowledged[]): readonly string[] =>
  [...Map.groupBy(acknowledged, ({ question }) => question)].flatMap(([question, answers]) => {
    const texts = [...Map.groupBy(answers, ({ text }) => text)].toSorted(([, a], [, b]) => b.length - a.length)
    return texts.slice(1).map(([text, few]) => `${JSON.stringify(question)} was answered ${JSON.stringify(text)} (${few[0]?.jobId})`)
  })

const openHolds = (events: readonly LogEvent[]): readonly string[] => {
  const idsOf = (...types: readonly string[]) => events.filter(({ type }) => types.includes(type)).map(({ data }) => String(data["holdId"]))
  const ended = idsOf("HoldSettled", "HoldReleased")
  const open = idsOf("HoldPlaced").filter((id) => !new Set(ended).has(id))
  return [...open.map((id) => `${id} has no end`), ...repeated(ended).map((id) => `${id} ended more than once`)]
}

const wrongBooks = (events: readonly LogEvent[], { granted, balance }: ClientTruth): readonly string[] => {
  const [available, held, spent] = [BigInt(balance.available), BigInt(balance.held), BigInt(balance.spent)]
  const prices = events.filter(({ type }) => type === "HoldSettled").reduce((sum, { data }) => sum + BigInt(String(data["price"])), 0n)
  const postings = events.flatMap(({ data }) => (Array.isArray(data["postings"]) ? data["postings"] : [])) as readonly { readonly amount: string }[]
  const sum = postings.reduce((total, { amount }) => total + BigInt(amount), 0n)
  return [
    ...(available + held + spent === granted ? [] : [`${granted} granted, but ${available} available + ${held} held + ${spent} spent`]),
    ...(held === 0n ? [] : [`${held} are still held`]),
    ...(spent === prices ? [] : [`${spent} spent, but the charges are ${prices}`]),
    ...(sum === 0n ? [] : [`the postings sum to ${sum}`]),
  ]
}

const repeated = (ids: readonly string[]): readonly string[] =>
  [...Map.groupBy(ids, (id) => id)].flatMap(([id, all]) => (all.length > 1 ? [id] : []))
