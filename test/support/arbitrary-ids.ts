import { AccountId, AttemptId, GatewayId, HoldId, JobId, KeyId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"

/** Few ids, so that random scripts collide: schema-random ids found one planted bug of four, colliding ones all four. */
const uuid = (n: number): string => `00000000-0000-7000-8000-00000000000${n}`

export const JOB_A = JobId.make(`job_${uuid(1)}`)
export const JOB_B = JobId.make(`job_${uuid(2)}`)
export const HOLD_A = HoldId.make(`hold_${uuid(1)}`)
export const HOLD_B = HoldId.make(`hold_${uuid(2)}`)
export const ATTEMPT_A = AttemptId.make(`att_${uuid(1)}`)
export const ATTEMPT_B = AttemptId.make(`att_${uuid(2)}`)
export const NODE_A = NodeId.make(`0x${"a".repeat(40)}`)
export const NODE_B = NodeId.make(`0x${"b".repeat(40)}`)
export const SESSION_A = SessionId.make(`sess_${uuid(1)}`)
export const SESSION_B = SessionId.make(`sess_${uuid(2)}`)
export const NAMESPACE = NamespaceId.make(`ns_${uuid(1)}`)
export const OTHER_NAMESPACE = NamespaceId.make(`ns_${uuid(2)}`)
export const ACCOUNT = AccountId.make(`acct_${uuid(1)}`)
export const OTHER_ACCOUNT = AccountId.make(`acct_${uuid(2)}`)
export const GATEWAY = GatewayId.make(`gw_${uuid(1)}`)
export const OTHER_GATEWAY = GatewayId.make(`gw_${uuid(2)}`)
export const KEY = KeyId.make("abcDEF012345")

export const attemptNumber = (n: number): AttemptId => AttemptId.make(`att_00000000-0000-7000-8000-${String(n).padStart(12, "0")}`)
