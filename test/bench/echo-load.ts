import { type ChatAnswer, ChatClient } from "./chat-client.ts"
import type { Operation } from "./measure.ts"
import type { Endpoint } from "./network-process.ts"

/** Answers at once on the node. */
export const SLOTS = 64
/** The echo engine says it again: 20 tokens in, 20 tokens out. */
export const QUESTION = { content: Array.from({ length: 20 }, (_, index) => `word${index}`).join(" ") }

/** Arguments of a node without a model in the way. */
export const ECHO_NODE = ["--model", "echo:", "--slots", String(SLOTS)]

export interface EchoLoad {
  readonly whole: Operation
  readonly streamed: Operation
  readonly warmUp: (requests: number) => Promise<void>
  readonly close: () => void
}

/** Callers of one or more gateways, evenly. */
export const echoLoad = (endpoints: readonly Endpoint[]): EchoLoad => {
  const clients = endpoints.map((endpoint) => new ChatClient(endpoint))
  const of = (caller: number, ask: (client: ChatClient) => Promise<ChatAnswer>): Promise<ChatAnswer> => {
    const client = clients[caller % clients.length]
    if (client === undefined) throw new Error("no gateway to ask")
    return ask(client)
  }
  const whole: Operation = (caller) => of(caller, (client) => client.whole(QUESTION))
  const streamed: Operation = (caller) => of(caller, (client) => client.streamed(QUESTION))
  const warmUp = async (requests: number): Promise<void> => {
    let left = requests
    const ask = async (caller: number): Promise<void> => {
      while (left-- > 0) await (left % 2 === 0 ? whole(caller) : streamed(caller))
    }
    await Promise.all(Array.from({ length: SLOTS }, (_, caller) => ask(caller)))
  }
  return { whole, streamed, warmUp, close: () => clients.forEach((client) => client.close()) }
}
