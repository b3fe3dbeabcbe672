import type { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type ContentRef, deliveredField } from "#commands/ports/content-store.ts"
import type { AttemptId } from "#domain/kernel/ids.ts"
import type { ActiveSession } from "#gateways/io/active-session.ts"
import type { RunningAttempt } from "#gateways/io/attempt-book.ts"
import { sendAssignment } from "#gateways/io/send-assignment.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { run } from "#test/support/contract-events.ts"
import { assignmentOf, attemptOf } from "#test/support/contract-job-stream.ts"

const REQUEST = { task: "chat", messages: [{ role: "user", content: "a story, please" }], sampling: {} }

/** What one attempt leads to: frames for its node, or its failure. `kept` are answers so far by attempt. */
const send = async (deliveredCharacters: number, kept: readonly (readonly [AttemptId, string])[]) => {
  const store = memoryContentStore()
  const counters = memoryCounters()
  const read: string[] = []
  const content = { ...store, get: (ref: ContentRef) => (read.push(ref.field), store.get(ref)) }
  const assignment = { ...assignmentOf(1), deliveredCharacters }
  const { namespaceId, jobId, attemptId } = assignment
  await run(store.put({ namespaceId, jobId, field: "request" }, JSON.stringify(REQUEST)))
  for (const [of, text] of kept) await run(store.put({ namespaceId, jobId, field: deliveredField(of) }, text))
  const attempt = { jobId, attemptId, cancelled: false, sent: false } as RunningAttempt
  const sent: unknown[] = []
  const failed: unknown[] = []
  const fakeSession = {
    services: { content, counters },
    book: new Map([[attemptId, attempt]]),
    sender: { send: (frame: unknown) => sent.push(frame) },
    fail: (_: RunningAttempt, reason: string) => failed.push(reason),
  } as unknown as ActiveSession
  await run(sendAssignment(fakeSession, attempt, assignment) as Effect.Effect<void>)
  const counted = counters.snapshot().map(({ name, reason }) => [name, reason])
  return { sent, failed, counted, read }
}

describe("an assignment on its way to a node", () => {
  it("carries the prompt alone at the first attempt, which looks for nothing else", async () => {
    const { sent, read } = await send(0, [])
    expect(sent).toMatchObject([{ type: "assign", request: REQUEST, delivered_text: "" }])
    expect(read).toEqual(["request"])
  })

  it("carries the answer so far of its own attempt, not that of an earlier one", async () => {
    const { sent, failed } = await send(4, [[attemptOf(7), "else"], [attemptOf(1), "once"]])
    expect(sent).toMatchObject([{ request: REQUEST, delivered_text: "once" }])
    expect(failed).toEqual([])
  })

  it.each([
    ["is not there", [[attemptOf(7), "once"]], "ContentMissing"],
    ["has another length", [[attemptOf(1), "once upon"]], "DeliveredTextDiffers"],
  ] as const)("fails the attempt when the answer so far %s", async (_, kept, why) => {
    const { sent, failed, counted } = await send(4, kept)
    expect(sent).toEqual([])
    expect(failed).toEqual(["node_error"])
    expect(counted).toEqual([["io_content_failed_total", why]])
  })
})
