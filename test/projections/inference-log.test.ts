import { expect, test } from "vitest"
import type { LogEvent } from "#projections/log-event.ts"
import { inferenceLogProjection } from "#projections/inference-log/project.ts"
import { inferenceLog } from "#projections/inference-log/table.ts"
import { given } from "./given.ts"
import { assigned, attemptFailed, completed, held, marked, released, settled, share, submitted } from "./sample-events.ts"
import { keyAt, nodeAt } from "./workload-world.ts"

const logAfter = (...events: readonly LogEvent[]) => given(inferenceLogProjection, ...events).rows(inferenceLog)

test("a job's document tells whose it was, who served it last, how it ended and what it cost", () => {
  const first = [held, submitted, assigned(1, 1, 0), marked(1, 2), attemptFailed(1, 2)]
  const second = [assigned(2, 2, 2), completed(2, 3), settled("completed", [share("alice", 2, 3, 3n)], 30)]
  expect(logAfter(...first, ...second)).toEqual([
    expect.objectContaining({
      key_id: keyAt(1), model: "tiny", mode: "stream", status: "completed", attempts: 2n, node_id: nodeAt(2), payee: "alice",
      prompt_tokens: 3n, completion_tokens: 3n, cost: 6n, submitted_at: 2n, first_assigned_at: 10n, last_assigned_at: 20n, paid_at: 30n,
      position: 8n,
    }),
  ])
})

test("a job that cost nothing says so", () => {
  expect(logAfter(held, submitted, released("expired"))).toEqual([
    expect.objectContaining({ status: "submitted", cost: 0n, completion_tokens: 0n, node_id: null }),
  ])
})
