export type {
  AssignJob,
  CompleteJob,
  ConfirmCancel,
  FailAttempt,
  JobCommand,
  JobRejection,
  MarkProgress,
  SubmitJob,
  VoidJob,
} from "./commands.ts"
export { job } from "./decide.ts"
export type { Withdrawal } from "./decide-end.ts"
export { FinishReason } from "./events.ts"
export type { AttemptFailure, JobEvent, JobFailure, JobMode, JobSubmitted, Receipt } from "./events.ts"
export { type JobAction, nextAction, REPLACED } from "./next-action.ts"
export { type Attempt, currentAttempt, deliveredTokens, goneSessions, isOpen, type Job, type OpenJob, waitingSince } from "./state.ts"
