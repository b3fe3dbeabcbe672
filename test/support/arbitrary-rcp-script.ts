import fc from "fast-check"
import type { AwardJobPoints } from "#domain/rcp/index.ts"
import { ATTEMPT_A, ATTEMPT_B, JOB_A, JOB_B, NODE_A } from "./arbitrary-ids.ts"

/** One milli-RCP per output token, a tenth per prompt token. */
export const tinyRules = { milliRcpPer1000OutputTokens: 1_000, milliRcpPer1000PromptTokens: 100, environmentPercent: 100 }

const awards = [ATTEMPT_A, ATTEMPT_B].flatMap((attemptId) =>
  [JOB_A, JOB_B].flatMap((jobId) =>
    [0, 1, 2, 4].flatMap((outputTokens) =>
      [0, 10].flatMap((promptTokens) =>
        [0, 100].map((qualityPercent): AwardJobPoints => {
          const work = { payee: "alice", nodeId: NODE_A, jobId, attemptId, outputTokens, promptTokens, qualityPercent }
          return { type: "AwardJobPoints", ...work, policyHash: "policy", rules: tinyRules, at: 1 }
        }),
      ),
    ),
  ),
)

export const rcpScript: fc.Arbitrary<readonly AwardJobPoints[]> = fc.array(fc.constantFrom(...awards), { maxLength: 10, size: "max" })
