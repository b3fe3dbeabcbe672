import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, expect } from "vitest"
import { parsePrometheus } from "#test/support/prometheus-text.ts"
import { cleanUp, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"
import { Recorder } from "./recorder.ts"

/** What a program needs to know to use the network, and what it said so far. */
export interface Network {
  readonly baseURL: string
  readonly apiKey: string
  readonly recorder: Recorder
  /** A key of a new namespace with so many micro-credits, and limits as the command names them. */
  readonly newKey: (credits: bigint, ...limits: readonly string[]) => Promise<string>
  /** The command's JSON, on this network's data. */
  readonly command: <Shape>(...args: readonly string[]) => Promise<Shape>
  /** Credits held for what is under way: nothing is, when there are none. */
  readonly openHolds: () => Promise<number>
}

/** Of all answers together: short ones do not notice, and a long one can be hung up on. */
const TOKENS_PER_SECOND = "1000"

/** The real program with the echo engine. */
export const echoNetwork = (): Network => network("--model", "echo:", "--max-tokens-per-second", TOKENS_PER_SECOND)

/** The real program as a newcomer starts it, with the demo model. */
export const demoNetwork = (): Network => network()

/**
 * Runs for the tests of one file. After each of them every answer that a client had through the recorder is held against OpenAI's
 * published schemas.
 */
const network = (...settings: readonly string[]): Network => {
  const folders: string[] = []
  const recorder = new Recorder()
  let up: Running | undefined

  beforeAll(async () => {
    folders.push(await temporaryFolder())
    up = await start("up", "--port", "0", ...settings, "--data", folders[0] ?? "")
  })
  afterEach(() => expect(recorder.takeProblems()).toEqual([]))
  afterAll(() => cleanUp(folders))

  const told = (name: string): string => String(up?.ready[name])
  const command: Network["command"] = (...args) => resultityJson(...args, "--data", folders[0] ?? "")
  return {
    get baseURL() {
      return told("base_url")
    },
    get apiKey() {
      return told("api_key")
    },
    recorder,
    command,
    openHolds: async () => {
      const { adminToken } = JSON.parse(await readFile(join(folders[0] ?? "", "secrets.json"), "utf8")) as { readonly adminToken: string }
      const metrics = await fetch(`${told("admin_url")}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
      return parsePrometheus(await metrics.text()).get("resultity_holds_open") ?? Number.NaN
    },
    newKey: async (credits, ...limits) => {
      const create = ["keys", "create", "--new-namespace", "other", "--credits", String(credits), ...limits]
      const made = await command<{ readonly api_key: string }>(...create)
      return made.api_key
    },
  }
}
