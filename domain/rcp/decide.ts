import { Result } from "effect"
import { PersistentMap } from "../kernel/persistent-map.ts"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { AttemptId, JobId, NodeId } from "../kernel/ids.ts"
import type { RcpRules } from "../network-config/index.ts"
import { jobPoints } from "../policies/rcp-rules.ts"
import { codec, type RcpEvent } from "./events.ts"

/** One payee's points. `awarded` remembers the natural key (attempt id) of each award. */
export interface RcpAccount {
  readonly total: bigint
  readonly awarded: PersistentMap<bigint>
}

export interface AwardJobPoints {
  readonly type: "AwardJobPoints"
  readonly payee: string
  readonly nodeId: NodeId
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly outputTokens: number
  readonly promptTokens: number
  readonly qualityPercent: number
  readonly policyHash: string
  readonly rules: RcpRules
  readonly at: number
}

export type RcpRejection = {
  readonly _tag: "AwardConflict"
  readonly attemptId: string
  readonly awarded: bigint
  readonly offered: bigint
}

export const ISSUED_ACCOUNT = "rcp:issued"
export const payeeAccount = (payee: string): string => `rcp:payee:${payee}`

const apply = (state: RcpAccount, event: RcpEvent): RcpAccount => ({
  total: state.total + event.data.amount,
  awarded: state.awarded.set(event.data.attemptId, event.data.amount),
})

const decide =
  (command: AwardJobPoints) =>
  (state: RcpAccount): Result.Result<readonly RcpEvent[], RcpRejection> => {
    const { type: _, rules, ...basis } = command
    const amount = jobPoints(rules, command)
    const awarded = state.awarded.get(command.attemptId)
    if (awarded !== undefined) {
      if (awarded === amount) return Result.succeed([])
      return Result.fail({ _tag: "AwardConflict", attemptId: command.attemptId, awarded, offered: amount })
    }
    if (amount <= 0n) return Result.succeed([])
    const postings = [
      { account: payeeAccount(command.payee), amount },
      { account: ISSUED_ACCOUNT, amount: -amount },
    ]
    return Result.succeed([{ type: "RcpAwarded", data: { ...basis, amount, postings } }])
  }

export const rcpAccount: Decider<RcpAccount, AwardJobPoints, RcpEvent, RcpRejection> = {
  category: "rcp",
  codec,
  initial: { total: 0n, awarded: PersistentMap.empty() },
  fold: foldWith(apply),
  decide,
  invariant: (state) => (state.total < 0n ? `negative total ${state.total}` : null),
}
