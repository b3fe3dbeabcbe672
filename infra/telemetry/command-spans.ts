import type { LedgerCommand } from "#domain/credit-ledger/index.ts"
import type { JobCommand } from "#domain/job/index.ts"
import type { AttemptId } from "#domain/kernel/ids.ts"
import type { AwardJobPoints } from "#domain/rcp/index.ts"
import type { JobWork, SpanFacts } from "#commands/ports/tracing.ts"

/** What the span of a command says. */
export interface CommandSpan {
  readonly work: JobWork
  readonly attemptId: AttemptId | null
  readonly facts: SpanFacts
}

type AnyCommand = JobCommand | LedgerCommand | AwardJobPoints
type Command<Type extends AnyCommand["type"]> = Extract<AnyCommand, { readonly type: Type }>
type Described = { readonly [Type in AnyCommand["type"]]?: (command: Command<Type>) => CommandSpan }

const ofJob = (work: JobWork, facts: SpanFacts): CommandSpan => ({ work, attemptId: null, facts })
const ofAttempt = (work: JobWork, attemptId: AttemptId, facts: SpanFacts): CommandSpan => ({ work, attemptId, facts: { attemptId, ...facts } })

/** Commands of a job that show in its trace. Progress marks do not: a long answer has hundreds. */
const SPANS: Described = {
  HoldCredits: ({ namespaceId, keyId, quote: { model, promptTokens } }) => ofJob("hold", { namespaceId, keyId, model, promptTokens }),
  SubmitJob: ({ namespaceId, keyId, model, promptTokens }) => ofJob("submit", { namespaceId, keyId, model, promptTokens }),
  AssignJob: ({ attemptId, nodeId }) => ofAttempt("assign", attemptId, { nodeId }),
  FailAttempt: ({ attemptId, reason }) => ofAttempt("fail attempt", attemptId, { reason }),
  CompleteJob: ({ attemptId, finishReason, deliveredTokens }) =>
    ofAttempt("complete", attemptId, { finishReason, completionTokens: deliveredTokens }),
  RequestCancel: ({ reason }) => ofJob("cancel", { reason }),
  ConfirmCancel: ({ attemptId }) => ({ work: "end", attemptId, facts: { reason: "cancelled" } }),
  ExpireJob: () => ofJob("end", { reason: "expired" }),
  FailJob: ({ reason }) => ofJob("end", { reason }),
  DeadLetterJob: () => ofJob("end", { reason: "attempts_exhausted" }),
  VoidJob: () => ofJob("end", { reason: "never_submitted" }),
  SettleHold: ({ namespaceId, completionTokens, reason }) => ofJob("settle", { namespaceId, completionTokens, reason }),
  ReleaseHold: ({ namespaceId, reason }) => ofJob("release", { namespaceId, reason }),
  AwardJobPoints: ({ attemptId, nodeId }) => ofAttempt("award points", attemptId, { nodeId }),
}

/** Null: not a part of a job's trace. */
export const commandSpan = (command: unknown): CommandSpan | null => {
  if (!isCommand(command)) return null
  // TypeScript does not see that the entry under a command's own type takes that command.
  const describe = SPANS[command.type] as ((command: AnyCommand) => CommandSpan) | undefined
  return describe?.(command) ?? null
}

const isCommand = (command: unknown): command is AnyCommand =>
  typeof command === "object" && command !== null && "type" in command && typeof command.type === "string" && command.type in SPANS
