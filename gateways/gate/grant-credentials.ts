import { Schema } from "effect"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { Environment } from "#domain/kernel/ids.ts"
import { MAX_CLOCK_SKEW_MS } from "#domain/protocol/frames.ts"
import { MAX_CREDENTIALS_MS } from "#domain/protocol/node-credentials.ts"
import type { NodeCredentials, RegisteredNodes } from "../ports/node-credentials.ts"
import { checksPerSecond } from "./checks-per-second.ts"
import {
  badSignature, invalidField, nodesUnavailable, notRegistered, repeatedRequest, staleRequest, tooBusy, tooManyRequests, wrongEnvironment,
} from "./gate-errors.ts"
import { readCredentialsRequest } from "./read-credentials-request.ts"
import { RecentRequests } from "./recent-requests.ts"

export interface GrantDeps {
  readonly environment: Environment
  readonly credentials: NodeCredentials
  readonly nodes: RegisteredNodes
  readonly counters: CountersShape
  readonly now: () => number
}

export const GrantedCredentials = Schema.Struct({
  node_id: Schema.String,
  /** User JWT; with the node's own seed it makes a credentials file. */
  jwt: Schema.String,
  /** Milliseconds since 1970. */
  expires_at: Schema.Int,
}).annotate({ identifier: "NodeCredentials" })
export type GrantedCredentials = typeof GrantedCredentials.Type

/** Turns a signed request into credentials, or throws the refusal. What costs least is checked first, and nobody's word before their signature. */
export const credentialsGranter = ({ environment, credentials, nodes, counters, now }: GrantDeps) => {
  const recent = new RecentRequests()
  const mayCheck = checksPerSecond(now)

  return async (body: unknown): Promise<GrantedCredentials> => {
    const request = readCredentialsRequest(body)
    const { node_id: nodeId, public_key: publicKey, issued_at: issuedAt } = request
    if (request.environment !== environment) throw wrongEnvironment(environment, request.environment)
    const behindMs = now() - issuedAt
    if (Math.abs(behindMs) > MAX_CLOCK_SKEW_MS) throw staleRequest(behindMs)
    if (!credentials.isUserKey(publicKey)) throw invalidField("public_key", "'public_key' is mistyped: its checksum is wrong.")
    if (!mayCheck()) throw tooBusy()
    if (!(await credentials.isSigned(request))) throw badSignature()
    const registered = await nodes.isRegistered(nodeId).catch(() => {
      throw nodesUnavailable()
    })
    if (!registered) throw notRegistered(nodeId)
    const admission = recent.admit(nodeId, { issuedAt, now: now() })
    if (admission.verdict === "repeated") throw repeatedRequest()
    if (admission.verdict === "too_many") throw tooManyRequests(admission.retryAfterMs)
    // From the request's own time, so that the same request always ends at the same moment; a clock that is ahead gains nothing.
    const expiresAt = Math.min(issuedAt, now()) + MAX_CREDENTIALS_MS
    const jwt = await credentials.issue({ nodeId, publicKey, expiresAt })
    counters.increment("gate_credentials_issued_total")
    return { node_id: nodeId, jwt, expires_at: expiresAt }
  }
}
