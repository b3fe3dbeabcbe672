export { availableAccount, GRANTS_ACCOUNT, heldAccount, operatorAccount, PLATFORM_ACCOUNT } from "./accounts.ts"
export type {
  GrantCredits,
  HoldCredits,
  HoldCreditsTogether,
  LedgerCommand,
  LedgerRejection,
  ReleaseHold,
  SendCredits,
  ServedAttempt,
  SettleHold,
  SpendLimits,
} from "./commands.ts"
export { creditLedger } from "./decide.ts"
export type { EndedRequest, EndReason, LedgerEvent, OperatorShare } from "./events.ts"
export type { CreditLedger, Hold } from "./state.ts"
