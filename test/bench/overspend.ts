import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"
import { ChatClient, type ChatAnswer } from "./chat-client.ts"
import type { Ask, Endpoint } from "./network-process.ts"
import { printTable } from "./table.ts"

const REQUESTS = 200
const AFFORDABLE = 50
const SETTLE_TRIES = 20
const SETTLE_POLL_MS = 500
/** Longer than the limit, so that each answer costs exactly what is held for it. */
const QUESTION = { content: "one two three four five six seven eight nine ten", maxTokens: 5 }

interface Key {
  readonly api_key: string
  readonly namespace_id: string
}
interface Balance {
  readonly available: string
  readonly held: string
  readonly spent: string
}

/** One or more gateways of one network. */
export interface RacedNetwork {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  readonly ask: Ask
}

/** Many requests at once on credits for some of them: exactly those may be answered, whichever gateway they come by. */
export const benchOverspend = async ({ name, endpoints, ask }: RacedNetwork): Promise<void> => {
  const price = await priceOfOne(endpoints)
  const key = await ask<Key>("keys", "create", "--new-namespace", "race", "--credits", String(price * BigInt(AFFORDABLE)), "--requests-per-second", "none")
  const clients = endpoints.map((endpoint) => new ChatClient(endpoint, key.api_key))
  const answers = await Promise.all(Array.from({ length: REQUESTS / clients.length }, () => clients.map((client) => client.ask(QUESTION, {}))).flat())
  for (const client of clients) client.close()
  const balance = await settledBalance(ask, key.namespace_id)
  const admitted = answers.filter(({ status }) => status === 200).length
  const refused = answers.filter((answer) => answer.status === 429 && answer.body.includes("insufficient_quota")).length
  const spentAll = balance.available === "0" && balance.held === "0" && BigInt(balance.spent) === price * BigInt(AFFORDABLE)
  const exact = admitted === AFFORDABLE && refused === REQUESTS - AFFORDABLE && spentAll
  printTable(`${REQUESTS} requests at once on credits for ${AFFORDABLE}, ${name}`, [
    { name: "admitted", figures: String(admitted), ratio: exact ? "exactly what was paid for" : "WRONG" },
    { name: "refused for lack of credits", figures: String(refused), ratio: "" },
    { name: "balance afterwards", figures: balance.available, ratio: `held ${balance.held}, spent ${balance.spent}, price ${price}` },
  ])
  if (exact) return
  const others = answers.filter(({ status }) => status !== 200 && status !== 429)
  if (others[0] !== undefined) console.error(`${others.length} other answers, the first: ${others[0].status} ${others[0].body}`)
  process.exitCode = 1
}

const priceOfOne = async ([first]: readonly Endpoint[]): Promise<bigint> => {
  if (first === undefined) throw new Error("a network without a gateway")
  const client = new ChatClient(first)
  const answer = await client.whole(QUESTION)
  client.close()
  if (!answer.body.includes('"finish_reason":"length"')) throw new Error("the answer did not reach its limit")
  return costOf(answer)
}

/** Where settlement is a process of its own, holds end a moment after the answers. */
const settledBalance = async (ask: Ask, namespaceId: string): Promise<Balance> => {
  for (let tries = 1; ; tries += 1) {
    const balance = await ask<Balance>("credits", "balance", "--namespace", namespaceId)
    if (balance.held === "0" || tries === SETTLE_TRIES) return balance
    await delay(SETTLE_POLL_MS)
  }
}

const costOf = ({ body }: ChatAnswer): bigint => BigInt(/"cost_micro_credits":"(\d+)"/.exec(body)?.[1] ?? "0")
