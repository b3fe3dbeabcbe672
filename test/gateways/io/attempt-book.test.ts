import { describe, expect, it } from "vitest"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import { recordText } from "#domain/protocol/answer-text.ts"
import { AnswerCheck } from "#gateways/io/answer-check.ts"
import { AttemptBook, type RunningAttempt } from "#gateways/io/attempt-book.ts"
import { runningSha256 } from "#infra/crypto/running-hash.ts"

const ATTEMPT = "att_0190a000-0000-7000-8000-000000000001" as AttemptId
const chat: InferenceRequest = { task: "chat", messages: [{ role: "user", content: "hi" }], sampling: {} }
const attempt = (maxOutputTokens: number, request = chat): RunningAttempt => ({
  jobId: "job_0190a000-0000-7000-8000-000000000001" as JobId, attemptId: ATTEMPT, maxOutputTokens,
  hash: runningSha256(), check: new AnswerCheck(request, ""),
  sent: true, cancelled: false, chunks: 0, tokens: 0, characters: 0, logprobs: 0,
})
const chunk = (text: string, tokens: number, index = 0) => ({ attempt_id: ATTEMPT, index, text, tokens })

describe("what a node may claim", () => {
  it("is no more tokens than its text has bytes, give or take what a model holds back", () => {
    const book = new AttemptBook()
    expect(book.take(attempt(4_000), chunk("pong", 4))).toBeNull()
    expect(book.take(attempt(4_000), chunk("x", 4_000))).toMatchObject({ code: "receipt_mismatch" })
  })

  it("is no text without tokens: memory and clients are not for free", () => {
    const book = new AttemptBook()
    expect(book.take(attempt(10), chunk("x".repeat(50_000), 1))).toMatchObject({ code: "receipt_mismatch" })
  })

  it("is no more than what is paid for, and no chunk out of turn", () => {
    const book = new AttemptBook()
    expect(book.take(attempt(3), chunk("a b c d", 4))).toMatchObject({ code: "receipt_mismatch" })
    expect(book.take(attempt(3), chunk("a", 1, 1))).toMatchObject({ code: "unexpected_frame" })
  })

  it("is nothing before it was given the request", () => {
    expect(new AttemptBook().take({ ...attempt(10), check: null }, chunk("pong", 1))).toMatchObject({ code: "unexpected_frame" })
  })

  it("is log probabilities beside each token, as many as were asked for, and not megabytes of them", () => {
    const asked: InferenceRequest = { ...chat, sampling: { top_logprobs: 2 } }
    const token = { token: "pong", bytes: [112, 111, 110, 103], logprob: -0.5 }
    const said = (tokens: number) => recordText({ type: "logprobs", tokens: Array.from({ length: tokens }, () => ({ ...token, top: [token, token] })) })
    expect(new AttemptBook().take(attempt(10, asked), chunk(`${said(1)}pong`, 1))).toBeNull()
    expect(new AttemptBook().take(attempt(10, asked), chunk(`${said(640)}pong`, 1))).toMatchObject({ code: "receipt_mismatch" })
    expect(new AttemptBook().take(attempt(10), chunk(`${said(1)}pong`, 1))).toMatchObject({ code: "receipt_mismatch" })
  })
})
