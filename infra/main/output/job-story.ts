import { Result } from "effect"
import { creditLedger, type LedgerEvent, PLATFORM_ACCOUNT } from "#domain/credit-ledger/index.ts"
import { feedback, type FeedbackEvent } from "#domain/feedback/index.ts"
import { job, type JobEvent } from "#domain/job/index.ts"
import type { DomainEvent } from "#domain/kernel/decider.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import type { EventCodec } from "#domain/kernel/event-codec.ts"
import { rcpAccount, type RcpEvent } from "#domain/rcp/index.ts"
import { formatCredits, formatPoints } from "./credits.ts"

/** One line of a job's story. */
export interface StoryLine {
  readonly at: number
  readonly what: string
  readonly detail: string
  readonly event: RecordedEvent
}

/** What happened to one job, event by event, in words: the events of all streams that carry its id, in global order. */
export const jobStory = (events: readonly RecordedEvent[]): readonly StoryLine[] =>
  events.map((event) => {
    const known = decode(event)
    if (known === null) return { at: event.recordedAt, what: event.type, detail: "", event }
    const [what, detail] = words(known)
    return { at: known.data.at, what, detail, event }
  })

type Known = FeedbackEvent | JobEvent | LedgerEvent | RcpEvent

const decode = (event: RecordedEvent): Known | null =>
  decodeWith<JobEvent>(job.codec, event) ?? decodeWith<LedgerEvent>(creditLedger.codec, event) ?? decodeWith<RcpEvent>(rcpAccount.codec, event) ??
  decodeWith<FeedbackEvent>(feedback.codec, event)

const decodeWith = <Event extends DomainEvent>(codec: EventCodec<Event>, event: RecordedEvent): Event | null =>
  Result.getOrNull(codec.decode(event))

type Words = readonly [what: string, detail: string]

const words = (event: Known): Words => {
  switch (event.type) {
    case "CreditsGranted":
    case "HoldPlaced":
    case "HoldSettled":
    case "HoldReleased":
    case "CreditsSent":
    case "CreditsReceived":
    case "TransferCompleted":
    case "CreditsReturned":
    case "LedgerClosed":
      return ledgerWords(event)
    case "RcpAwarded":
      return ["points", `${formatPoints(event.data.amount)} RCP to ${event.data.payee} for ${event.data.outputTokens} output tokens`]
    case "FeedbackGiven":
    case "FeedbackRevised":
      return ["feedback", feedbackWords(event.data)]
    default:
      return jobWords(event)
  }
}

const feedbackWords = ({ rating, category, flagged, comment, keyId }: FeedbackEvent["data"]): string =>
  [`thumbs ${rating}`, ...(category === null ? [] : [category]), ...(flagged ? ["flagged"] : []), ...(comment === null ? [] : ["with a comment"])].join(", ") +
  `; key ${keyId}`

const ledgerWords = (event: LedgerEvent): Words => {
  switch (event.type) {
    case "CreditsGranted":
      return ["granted", `${formatCredits(event.data.amount)} credits: ${event.data.reason}`]
    case "HoldPlaced": {
      const { amount, quote } = event.data
      const part = quote.pricePercent === undefined ? "" : `${quote.pricePercent} % of `
      const rates = `${part}${formatCredits(quote.inputRate)} in, ${formatCredits(quote.outputRate)} out per million`
      const tokens = `${quote.promptTokens} prompt + up to ${quote.maxOutputTokens} output tokens`
      return ["held", `${formatCredits(amount)} credits for ${tokens} (${rates})`]
    }
    case "HoldSettled": {
      const { price, promptTokens, completionTokens, shares, postings } = event.data
      const platform = postings.find((posting) => posting.account === PLATFORM_ACCOUNT)?.amount ?? 0n
      const operators = shares.map((share) => `${formatCredits(share.amount)} to ${share.payee} for ${share.tokens} tokens`)
      const parts = [...operators, `${formatCredits(platform)} to the platform`].join(", ")
      return ["settled", `${formatCredits(price)} credits for ${promptTokens} prompt + ${completionTokens} output tokens: ${parts}`]
    }
    case "HoldReleased":
      return ["released", `${formatCredits(event.data.amount)} credits back, nothing charged (${spaced(event.data.reason)})`]
    case "CreditsSent":
      return ["sent", `${formatCredits(event.data.amount)} credits to ${event.data.toNamespaceId}`]
    case "CreditsReceived":
      return ["received", `${formatCredits(event.data.amount)} credits from ${event.data.fromNamespaceId}`]
    case "TransferCompleted":
      return ["transferred", `transfer ${event.data.transferId} arrived`]
    case "CreditsReturned":
      return ["returned", `${formatCredits(event.data.amount)} credits that ${event.data.toNamespaceId} could not receive`]
    case "LedgerClosed":
      return ["closed", `nothing is left in ${event.data.namespaceId}`]
  }
}

const jobWords = (event: JobEvent): Words => {
  switch (event.type) {
    case "JobSubmitted": {
      const { model, mode, promptTokens, maxOutputTokens, namespaceId, keyId } = event.data
      return ["submitted", `${model}, ${mode}, ${promptTokens} prompt + up to ${maxOutputTokens} output tokens; ${namespaceId}, key ${keyId}`]
    }
    case "JobAssigned": {
      const { attempt, nodeId, resumeFromTokens } = event.data
      const resumed = resumeFromTokens > 0 ? `, goes on after ${resumeFromTokens} delivered tokens` : ""
      return ["assigned", `attempt ${attempt} to node ${nodeId}${resumed}`]
    }
    case "ProgressMarked":
      return ["delivered", `${event.data.deliveredTokens} tokens so far`]
    case "AttemptFailed":
      return ["attempt failed", `${spaced(event.data.reason)} after ${event.data.deliveredTokens} delivered tokens`]
    case "JobCancelRequested":
      return ["cancel asked", event.data.reason]
    case "JobCompleted": {
      const { deliveredTokens, finishReason, receipt } = event.data
      const rate = receipt.durationMs > 0 ? `, ${Math.round((deliveredTokens * 1000) / receipt.durationMs)} tokens/s` : ""
      return ["completed", `${finishReason}, ${deliveredTokens} tokens in ${receipt.durationMs} ms${rate}; signed receipt ${receipt.digest.slice(0, 12)}…`]
    }
    case "JobCancelled":
      return ["cancelled", `${event.data.reason}, ${event.data.deliveredTokens} tokens delivered`]
    case "JobFailed":
      return ["failed", `${spaced(event.data.reason)}, ${event.data.deliveredTokens} tokens delivered`]
    case "JobExpired":
      return ["expired", `the deadline passed, ${event.data.deliveredTokens} tokens delivered`]
    case "JobDeadLettered":
      return ["dead-lettered", `all ${event.data.attempts} attempts failed`]
    case "JobVoided":
      return ["voided", "the hold was there but the job never came"]
  }
}

const spaced = (name: string): string => name.replaceAll("_", " ")
