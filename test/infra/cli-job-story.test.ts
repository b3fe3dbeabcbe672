import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { jobStory } from "#infra/main/output/job-story.ts"

const recorded = (type: string, data: unknown): RecordedEvent => ({
  id: "00000000-0000-5000-8000-000000000000",
  position: 1n,
  stream: "job-x",
  revision: 0,
  type,
  data,
  meta: { commandId: "c", correlationId: "j" },
  recordedAt: 5,
})

const id = (prefix: string): string => `${prefix}_01933333-0000-7000-8000-000000000000`
const node = "0x00000000000000000000000000000000000000aB"

const settled = {
  namespaceId: id("ns"), holdId: id("hold"), jobId: id("job"), keyId: "abcdefghijkl", reason: "completed", model: "tiny-chat",
  promptTokens: 10, completionTokens: 20, price: "35", at: 1_000,
  shares: [
    { payee: "first", nodeId: node, attemptId: id("att"), tokens: 5, amount: "4" },
    { payee: "second", nodeId: node, attemptId: id("att"), tokens: 15, amount: "13" },
  ],
  postings: [{ account: "platform:revenue", amount: "18" }],
}

describe("a job's story", () => {
  it("tells who got how much of a price, to the micro-credit", () => {
    const [line] = jobStory([recorded("HoldSettled", settled)])
    expect(line).toMatchObject({ at: 1_000, what: "settled" })
    expect(line?.detail).toBe(
      "0.000035 credits for 10 prompt + 20 output tokens: " +
        "0.000004 to first for 5 tokens, 0.000013 to second for 15 tokens, 0.000018 to the platform",
    )
  })

  it("tells where a second attempt goes on", () => {
    const assigned = {
      jobId: id("job"), attemptId: id("att"), attempt: 2, nodeId: node, sessionId: id("sess"), payee: "p", resumeFromTokens: 7, at: 1, expiresAt: 2,
    }
    expect(jobStory([recorded("JobAssigned", assigned)])[0]?.detail).toBe(`attempt 2 to node ${node}, goes on after 7 delivered tokens`)
  })

  it("shows an event it does not know by its type and the time it was recorded", () => {
    expect(jobStory([recorded("JobBlessed", {})])).toMatchObject([{ at: 5, what: "JobBlessed", detail: "" }])
  })

  it("has words for every kind of event that can belong to a job", () => {
    const kinds = ["job", "credit-ledger", "rcp"].flatMap((aggregate) => {
      const folder = new URL(`../golden/${aggregate}/`, import.meta.url)
      return readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { type: string; data: unknown })
    })
    expect(kinds.length).toBeGreaterThan(12)
    for (const { type, data } of kinds) {
      const [line] = jobStory([recorded(type, data)])
      expect(line?.what, type).not.toBe(type)
      expect(line?.detail, type).not.toBe("")
    }
  })
})
