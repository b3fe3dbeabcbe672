import { Result } from "effect"
import fc from "fast-check"
import { creditLedger, type CreditLedger, type LedgerCommand, type LedgerEvent } from "#domain/credit-ledger/index.ts"
import { job as jobDecider, type Job, type JobAction, type JobCommand, nextAction } from "#domain/job/index.ts"
import type { AttemptId } from "#domain/kernel/ids.ts"
import { attemptNumber, HOLD_A, JOB_A, KEY, NAMESPACE, NODE_A, SESSION_A } from "./arbitrary-ids.ts"
import { receipt, submitJob } from "./arbitrary-job-script.ts"
import { tinyQuote } from "./arbitrary-ledger-script.ts"

/** What the world does at each step, as numbers: small ones are likelier to mean that things go well. */
export const whims: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(11), { maxLength: 24, size: "max" })

export interface Driven {
  readonly job: Job
  readonly ledger: CreditLedger
  readonly ledgerEvents: readonly LedgerEvent[]
}

/** Far above what any job of these scripts needs; reaching it means the job would wait for ever. */
const MAX_STEPS = 80
const START_CREDITS = 20n

interface World {
  job: Job
  ledger: CreditLedger
  readonly ledgerEvents: LedgerEvent[]
  now: number
  attempts: number
  readonly next: () => number
}

/** Holds credits, submits a job (or loses it) and does what `nextAction` says until the hold has ended. Throws if it never ends. */
export const drive = (choices: readonly number[]): Driven => {
  let used = 0
  // When the script is over, either all goes well from then on, or nobody does anything any more and only time passes.
  const afterwards = choices.length % 2 === 0 ? 0 : 11
  const next = () => choices[used++] ?? afterwards
  const world: World = { job: jobDecider.initial, ledger: creditLedger.initial, ledgerEvents: [], now: 0, attempts: 0, next }
  onLedger(world, { type: "GrantCredits", namespaceId: NAMESPACE, grantId: "g1", amount: START_CREDITS, reason: "test", at: 0 })
  onLedger(world, placeHold)
  if (next() === 11) {
    onJob(world, { type: "VoidJob", jobId: JOB_A, namespaceId: NAMESPACE, holdId: HOLD_A, at: 5 })
    if (onJob(world, submitJob)) throw new Error("a voided job was submitted")
  } else {
    onJob(world, submitJob)
  }
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const action = nextAction(world.job, world.now)
    if (execute(world, action)) return endTwice(world, action)
  }
  throw new Error(`no end after ${MAX_STEPS} steps: ${world.job.stage} at ${world.now}`)
}

const placeHold: LedgerCommand = {
  type: "HoldCredits", namespaceId: NAMESPACE, holdId: HOLD_A, jobId: JOB_A, keyId: KEY, quote: tinyQuote(1, 4, 1_000_000n),
  minimumOutputTokens: 4, spendLimits: null, at: 0, expiresAt: 9,
}

/** A repeated tap after the end: the same action again, and nothing may come of it. */
const endTwice = (world: World, action: JobAction): Driven => {
  const before = world.ledgerEvents.length
  if (JSON.stringify(nextAction(world.job, world.now + 100)) !== JSON.stringify(action)) throw new Error("the end is not the last word")
  execute(world, action)
  if (world.ledgerEvents.length !== before) throw new Error("a repeated tap changed the ledger")
  return { job: world.job, ledger: world.ledger, ledgerEvents: world.ledgerEvents }
}

/** True once the hold has ended. */
const execute = (world: World, action: JobAction): boolean => {
  switch (action.type) {
    case "settle": {
      const { reason, completionTokens, served } = action
      return onLedger(world, { type: "SettleHold", namespaceId: NAMESPACE, holdId: HOLD_A, reason, completionTokens, served, at: world.now })
    }
    case "release":
      return onLedger(world, { type: "ReleaseHold", namespaceId: NAMESPACE, holdId: HOLD_A, reason: action.reason, at: world.now })
    default:
      doOnJob(world, action)
      return false
  }
}

const doOnJob = (world: World, action: Exclude<JobAction, { type: "settle" | "release" }>): void => {
  const about = { jobId: JOB_A, at: world.now } as const
  // The executor died before it acted; the watchdog's next look finds the same action due.
  if (world.next() === 10) return passTime(world)
  switch (action.type) {
    case "assign": {
      if (world.next() > 7) return passTime(world)
      world.attempts += 1
      const attemptId = attemptNumber(world.attempts)
      onJob(world, { type: "AssignJob", ...about, attemptId, nodeId: NODE_A, sessionId: SESSION_A, payee: `p${world.attempts}` })
      return
    }
    case "expire":
      onJob(world, { type: "ExpireJob", ...about })
      return
    case "fail-attempt":
      onJob(world, { type: "FailAttempt", ...about, attemptId: action.attemptId, reason: "timed_out", deliveredTokens: null })
      return
    case "dead-letter":
      onJob(world, { type: "DeadLetterJob", ...about })
      return
    case "confirm-cancel":
      onJob(world, { type: "ConfirmCancel", ...about, attemptId: null, deliveredTokens: null })
      return
    case "stop-node":
      if (world.next() > 6) return passTime(world)
      stopNode(world, action.attempt.attemptId)
      return
    case "nothing":
      somethingHappens(world)
      return
  }
}

/** The node stops, or its receipt was faster. */
const stopNode = (world: World, attemptId: AttemptId): void => {
  const about = { jobId: JOB_A, at: world.now, attemptId, deliveredTokens: world.next() } as const
  if (world.next() < 6) onJob(world, { type: "ConfirmCancel", ...about })
  else onJob(world, { type: "CompleteJob", ...about, finishReason: "stop", receipt: receipt(`r${world.attempts}`) })
}

/** While the network has nothing to do: tokens, a receipt, a lost node, a client who leaves, a gateway that dies, or only time. */
const somethingHappens = (world: World): void => {
  const about = { jobId: JOB_A, at: world.now, attemptId: attemptNumber(world.attempts) } as const
  const deliveredTokens = world.next() % 6
  const happenings: readonly JobCommand[] = [
    { type: "CompleteJob", ...about, finishReason: "stop", deliveredTokens, receipt: receipt(`r${world.attempts}`) },
    { type: "MarkProgress", ...about, deliveredTokens },
    { type: "MarkProgress", ...about, deliveredTokens },
    { type: "FailAttempt", ...about, reason: "node_gone", deliveredTokens },
    { type: "FailAttempt", ...about, reason: "node_error", deliveredTokens: null },
    { type: "RequestCancel", jobId: JOB_A, reason: "client left", at: world.now },
    { type: "RequestCancel", jobId: JOB_A, reason: "another_model_answered", at: world.now },
    { type: "FailJob", jobId: JOB_A, reason: "gateway_lost", at: world.now },
  ]
  const happening = happenings[world.next()]
  if (happening === undefined || !onJob(world, happening)) passTime(world)
}

const passTime = (world: World): void => {
  world.now += 1
}

const onJob = (world: World, command: JobCommand): boolean => {
  const decided = jobDecider.decide(command)(world.job)
  if (Result.isFailure(decided)) return false
  world.job = jobDecider.fold(world.job, decided.success)
  const broken = jobDecider.invariant?.(world.job) ?? null
  if (broken !== null) throw new Error(broken)
  return true
}

const onLedger = (world: World, command: LedgerCommand): boolean => {
  const decided = creditLedger.decide(command)(world.ledger)
  if (Result.isFailure(decided)) throw new Error(`the ledger refused ${command.type}: ${decided.failure._tag}`)
  world.ledger = creditLedger.fold(world.ledger, decided.success)
  world.ledgerEvents.push(...decided.success)
  const broken = creditLedger.invariant?.(world.ledger) ?? null
  if (broken !== null) throw new Error(broken)
  return true
}
