import { afterAll, beforeAll, expect, it } from "vitest"
import { killLoop } from "#test/chaos/kill-loop.ts"
import { type ChaosPlatform, startPlatform } from "#test/chaos/platform.ts"
import { PROFILES } from "#test/chaos/profiles.ts"

const KILLS = 20
const CLIENTS = 4
const START_MS = 180_000
/** With the last holds, whose clients are gone. */
const LOOP_MS = 600_000

let platform: ChaosPlatform
beforeAll(async () => {
  platform = await startPlatform({ ...PROFILES.nats, say: () => {} })
}, START_MS)
afterAll(() => platform?.stop(), START_MS)

it("loses nothing, doubles nothing and leaves nothing open when every process and every engine is killed in turn under load", async () => {
  const lines: string[] = []
  const report = await killLoop(platform, { kills: KILLS, clients: CLIENTS, say: (line) => void lines.push(line) })
  console.log(`${lines.join("\n")}\n${JSON.stringify(report)}`)
  expect(report.findings).toEqual([])
  expect(report.kills).toBe(KILLS)
  expect(report.grants).toBe(KILLS + 1)
  expect(report.answers).toBeGreaterThan(KILLS)
}, LOOP_MS)
