import { describe, expect, it } from "vitest"
import { targetsOf } from "#test/fuzz/document.ts"
import { fuzz } from "#test/fuzz/fuzz.ts"
import { withFuzzedPlatform } from "#test/fuzz/platform.ts"

const CASES = 5_000
const SEED = 20_261_125
const LIMIT_MS = 300_000

describe("a network that is asked everything its document allows, and much that it does not", () => {
  it(
    "answers each request as documented: no 5xx but a documented one, no hang, every error in OpenAI's form",
    async () => {
      const { report, document } = await withFuzzedPlatform(async (platform) => ({
        report: await fuzz({ ...platform, scheme: "apiKey", cases: CASES, seed: SEED }), document: platform.document,
      }))
      expect(report.problems).toEqual([])
      expect(report.cases).toBe(CASES)
      expect([...report.byOperation.keys()].toSorted()).toEqual(targetsOf(document, "apiKey").map(({ operationId }) => operationId).toSorted())
      // Requests that only ever fail would prove little.
      expect(report.byStatus.get(200)).toBeGreaterThan(CASES / 12)
      expect(report.byStatus.get(400)).toBeGreaterThan(CASES / 10)
    },
    LIMIT_MS,
  )
})
