import { besideLoad, coreShare } from "./background-load.ts"
import { ChatClient } from "./chat-client.ts"
import { type Done, startEngineAlone } from "./engine-alone.ts"
import { median } from "./measure.ts"
import { startNetwork } from "./network-process.ts"
import type { Plan } from "./plan.ts"
import { longQuestion } from "./questions.ts"
import { type Line, printTable, times, whole } from "./table.ts"

const SEQUENCES = [1, 4] as const
const GOAL = 0.95

/**
 * Tokens per second through the network against node-llama-cpp alone: same model, questions and number of sequences. The two take turns,
 * so that what else happens on the machine meets both, and do the same work: another number of tokens is an error.
 */
export const benchTokens = async (plan: Plan): Promise<void> => {
  for (const sequences of SEQUENCES) {
    printTable(`tokens/s, ${sequences} sequences, the demo model, long answers (goal: at least ${GOAL} ×)`, await compare(plan, sequences))
  }
}

const compare = async ({ measureMs, rounds, profileDir }: Plan, sequences: number): Promise<readonly Line[]> => {
  const alone = await startEngineAlone(sequences)
  const network = await startNetwork({ args: ["--slots", String(sequences)], profileDir })
  const client = new ChatClient(network.ready)
  try {
    const trial = await alone.round(1)
    await ask(client, { callers: sequences, turns: 1 })
    // Many short rounds: a shared machine changes its mind by the second, and contenders that follow each other closely meet the same.
    const turns = Math.max(1, Math.ceil(measureMs / 2_000 / trial.seconds))
    // A second caller for each sequence: what the network does between two answers then costs no idle engine.
    const doubled = () => ask(client, { callers: sequences * 2, turns: Math.ceil(turns / 2) })
    // On few cores the engine is slower whatever else computes. So it also works alone beside a process that takes as much as the
    // network does and does nothing with it: what the network loses beyond that is its own.
    const share = await coreShare(network, doubled)
    const contenders: Readonly<Record<string, () => Promise<Done>>> = {
      "node-llama-cpp alone": () => alone.round(turns),
      [`network, ${sequences} callers`]: () => ask(client, { callers: sequences, turns }),
      [`network, ${sequences * 2} callers`]: doubled,
      [`alone, ${(share * 100).toFixed(0)} % of a core taken`]: () => besideLoad(share, () => alone.round(turns)),
    }
    return lines(await takeTurns(contenders, rounds * 2), sequences)
  } finally {
    client.close()
    await network.stop()
    await alone.stop()
  }
}

type Results = ReadonlyMap<string, readonly Done[]>

const takeTurns = async (contenders: Readonly<Record<string, () => Promise<Done>>>, rounds: number): Promise<Results> => {
  const results = new Map<string, Done[]>(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(contenders)) results.get(name)?.push(await work())
  }
  return results
}

const lines = (results: Results, sequences: number): readonly Line[] => {
  const [[, baseline] = ["", []], [, same] = ["", []]] = [...results]
  if (baseline[0]?.tokens !== same[0]?.tokens) {
    throw new Error(`not the same answers with ${sequences} sequences: ${baseline[0]?.tokens} tokens alone, ${same[0]?.tokens} through the network`)
  }
  const speed = ({ tokens, seconds }: Done): number => tokens / seconds
  const base = baseline.map(speed)
  return [...results].map(([name, rounds]) => {
    const speeds = rounds.map(speed)
    const pairs = speeds.map((value, round) => value / (base[round] ?? value))
    const spread = `${times(Math.min(...pairs), 1)} to ${times(Math.max(...pairs), 1)}`
    return { name, figures: `${whole(median(speeds))} tokens/s`, ratio: `${times(median(pairs), 1)} (${spread} in ${rounds.length} rounds)` }
  })
}

const ask = async (client: ChatClient, { callers, turns }: { readonly callers: number; readonly turns: number }): Promise<Done> => {
  const from = performance.now()
  const caller = async (index: number): Promise<number> => {
    let tokens = 0
    for (let turn = 0; turn < turns; turn += 1) tokens += (await client.streamed({ content: longQuestion(index, turn) })).completionTokens
    return tokens
  }
  const counts = await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)))
  return { type: "done", tokens: counts.reduce((sum, count) => sum + count, 0), seconds: (performance.now() - from) / 1_000 }
}
