import { setTimeout as delay } from "node:timers/promises"

/** An answer that a client has in full, as the client knows it. */
export interface Acknowledged {
  readonly jobId: string
  readonly question: string
  readonly text: string
  readonly completionTokens: number
  readonly cost: bigint
}

export interface Load {
  readonly acknowledged: readonly Acknowledged[]
  /** What clients heard instead of an answer: status or error code, and how often. */
  readonly refused: ReadonlyMap<string, number>
  /** Resolves at the next answer that was asked for after this call. */
  readonly nextAnswer: () => Promise<void>
  /** Asks nothing new; resolves when what is under way has ended. */
  readonly stop: () => Promise<void>
}

export interface LoadOptions {
  readonly baseUrls: readonly string[]
  readonly apiKey: string
  readonly clients: number
}

const QUESTIONS = ["Count to 12.", "What is the capital of France?", "Count to 20.", "What is 3 + 4?"] as const
/** A client that was refused comes back after this. */
const BACK_OFF_MS = 150
const REQUEST_TIMEOUT_MS = 60_000

/** Clients that ask one question after the other, streamed and not, of one gateway after the other, and write down what they have. */
export const startLoad = ({ baseUrls, apiKey, clients }: LoadOptions): Load => {
  const acknowledged: Acknowledged[] = []
  const refused = new Map<string, number>()
  const waiting: { readonly since: number; readonly resolve: () => void }[] = []
  let stopping = false

  const heard = (asked: number, answer: Acknowledged): void => {
    acknowledged.push(answer)
    for (const one of waiting.splice(0)) {
      if (one.since <= asked) one.resolve()
      else waiting.push(one)
    }
  }
  const client = async (index: number): Promise<void> => {
    for (let turn = index; !stopping; turn += 1) {
      const question = QUESTIONS[turn % QUESTIONS.length] ?? QUESTIONS[0]
      const asked = performance.now()
      try {
        heard(asked, await ask({ url: baseUrls[turn % baseUrls.length] ?? "", apiKey, question, stream: turn % 3 === 0 }))
      } catch (cause) {
        const why = cause instanceof Refused ? cause.message : "connection"
        refused.set(why, (refused.get(why) ?? 0) + 1)
        await delay(BACK_OFF_MS)
      }
    }
  }
  const running = Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  return {
    acknowledged,
    refused,
    nextAnswer: () => new Promise((resolve) => waiting.push({ since: performance.now(), resolve })),
    stop: async () => {
      stopping = true
      await running
    },
  }
}

/** The network said no, in words. */
class Refused extends Error {}

interface Question {
  readonly url: string
  readonly apiKey: string
  readonly question: string
  readonly stream: boolean
}

const ask = async ({ url, apiKey, question, stream }: Question): Promise<Acknowledged> => {
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "tiny-chat", temperature: 0, max_tokens: 120, stream, stream_options: stream ? { include_usage: true } : undefined,
      messages: [{ role: "user", content: question }],
    }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  })
  const body = await response.text()
  if (response.status !== 200) throw new Refused(`${response.status} ${codeOf(body)}`)
  const parts = stream ? eventsOf(body) : [JSON.parse(body) as Part]
  const failed = parts.find(({ error }) => error !== undefined)
  if (failed !== undefined) throw new Refused(`stream ${failed.error?.code}`)
  const usage = parts.findLast((part) => part.usage !== undefined && part.usage !== null)?.usage
  if (usage === undefined || usage === null) throw new Refused("stream cut off")
  const text = parts.map(({ choices }) => choices[0]?.message?.content ?? choices[0]?.delta?.content ?? "").join("")
  const jobId = (parts[0]?.id ?? "").replace("chatcmpl-", "job_")
  return { jobId, question, text, completionTokens: usage.completion_tokens, cost: BigInt(usage.cost_micro_credits) }
}

interface Part {
  readonly id: string
  readonly error?: { readonly code: string }
  readonly choices: readonly { readonly message?: { readonly content: string }; readonly delta?: { readonly content?: string } }[]
  readonly usage?: { readonly completion_tokens: number; readonly cost_micro_credits: string } | null
}

const eventsOf = (body: string): readonly Part[] =>
  body
    .split("\n\n")
    .filter((line) => line.startsWith("data: ") && line !== "data: [DONE]")
    .map((line) => JSON.parse(line.slice("data: ".length)) as Part)

const codeOf = (body: string): string => {
  try {
    return String((JSON.parse(body) as Part).error?.code)
  } catch {
    return "not JSON"
  }
}
