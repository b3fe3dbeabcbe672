import { apiKey, DEFAULT_LIMITS } from "#domain/api-key/index.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { isOpen, job, currentAttempt, nextAction } from "#domain/job/index.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { AccountId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import { defaultPolicy, networkConfig } from "#domain/network-config/index.ts"
import { node } from "#domain/node/index.ts"
import { rcpAccount } from "#domain/rcp/index.ts"
import { keepAndErase } from "./workload-contents.ts"
import { change, transfer } from "./account-changes.ts"
import { alarm, announce } from "./workload-webhooks.ts"
import { attemptAt, GATEWAY, holdAt, jobAt, keyAt, namespaceAt, nodeAt, type Pick, sessionAt, STEP_MS, uuid, World } from "./workload-world.ts"

const ACCOUNT = AccountId.make(`acct_${uuid(1)}`)
const MODELS = ["tiny", "small"]
const PAYEES = ["alice", "bob", "carol"]
const RULES = { milliRcpPer1000OutputTokens: 1_000, milliRcpPer1000PromptTokens: 100, environmentPercent: 100 }

/**
 * A random but valid history: every event comes out of a decider. Ids collide: two namespaces, two keys, three nodes, and each step
 * concerns one of the `openJobs` latest jobs, so that commands repeat, contradict and arrive late.
 */
export const workload = (pick: Pick, steps: number, openJobs = 3): readonly RecordedEvent[] => {
  const world = new World()
  for (let step = 0; step < steps; step += 1) {
    const n = Math.floor(step / 12) + pick(openJobs)
    act(world, pick, n, 1_000 + step * STEP_MS)
  }
  return world.events
}

/** Numbers from a seed (mulberry32): the same seed, the same workload. */
export const seeded = (seed: number): Pick => {
  let state = seed
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}

const act = (world: World, pick: Pick, n: number, at: number): void => {
  switch (pick(12)) {
    case 0:
      return administer(world, pick, at)
    case 1:
    case 2:
      return enter(world, pick, n, at)
    case 3:
      return connect(world, pick, at)
    case 4:
      return end(world, pick, n, at)
    default:
      return work(world, pick, n, at)
  }
}

const administer = (world: World, pick: Pick, at: number): void => {
  const namespaceId = namespaceAt(pick(2))
  const keyId = keyAt(pick(2))
  switch (pick(8)) {
    case 0:
      return world.run(namespace, namespaceId, { type: "CreateNamespace", namespaceId, accountId: ACCOUNT, name: `n${pick(2)}`, at })
    case 1: {
      const key = { keyId, namespaceId, mode: "test", name: "k", pepperVersion: 1, digest: "d", right: "inference", by: null } as const
      return world.run(apiKey, keyId, { type: "CreateKey", ...key, limits: DEFAULT_LIMITS, rootKeyId: keyId, at })
    }
    case 2:
      return world.run(apiKey, keyId, { type: "RevokeKey", keyId, reason: "lost", at })
    case 3: {
      const document = { ...defaultPolicy, version: 1 + pick(4) }
      const policy = { environment: "testnet", ruleHash: `hash-${document.version}`, document } as const
      return world.run(networkConfig, "testnet", { type: "PublishPolicy", ...policy, at })
    }
    case 4:
      return transfer(world, pick(2) === 0 ? [namespaceAt(0), namespaceAt(1)] : [namespaceAt(1), namespaceAt(0)], { pick, at })
    case 5:
      return change(world, { namespaceId, keyId, successorId: keyAt(9) }, { pick, at })
    default: {
      const grant = { namespaceId, grantId: `grant-${at}-${pick(2)}`, amount: BigInt(1 + pick(60)), reason: "test" }
      announce(world, namespaceId, at)
      alarm(world, namespaceId, at)
      keepAndErase(world, namespaceId, at)
      return world.run(creditLedger, namespaceId, { type: "GrantCredits", ...grant, at })
    }
  }
}

const enter = (world: World, pick: Pick, n: number, at: number): void => {
  const namespaceId = namespaceAt(n % 2)
  const keyId = keyAt(n % 2)
  const model = MODELS[n % 3 === 0 ? 0 : 1] ?? "tiny"
  const ids = { namespaceId, holdId: holdAt(n), jobId: jobAt(n) }
  const rates = { inputRate: 1_000_000n, outputRate: pick(3) === 0 ? 600_000n : 1_000_000n, operatorSharePercent: 50 }
  const quote = { policyHash: "hash-1", model, promptTokens: 1 + pick(3), maxOutputTokens: 1 + pick(6), ...rates }
  const grant = { namespaceId, grantId: `for-${n}`, amount: 12n, reason: "test", at }
  world.run(creditLedger, namespaceId, { type: "GrantCredits", ...grant })
  const terms = { keyId, quote, minimumOutputTokens: 1, spendLimits: null, at, expiresAt: at + 90_000 }
  world.run(creditLedger, namespaceId, { type: "HoldCredits", ...ids, ...terms })
  if (pick(6) === 0) return world.run(job, ids.jobId, { type: "VoidJob", ...ids, at })
  const limits = { maxOutputTokens: quote.maxOutputTokens, attemptTimeoutMs: 10 * STEP_MS, retryLimit: pick(3) }
  world.run(job, ids.jobId, {
    type: "SubmitJob", ...ids, ...limits, keyId, gatewayId: GATEWAY, environment: "testnet", model, mode: "stream", endpoint: n % 2 === 0 ? "/v1/chat/completions" : "/v1/embeddings",
    priority: "normal", promptTokens: quote.promptTokens, requestDigest: `digest-${pick(2)}`, requestBytes: 10, at,
    deadlineAt: at + 15 * STEP_MS,
  })
}

const connect = (world: World, pick: Pick, at: number): void => {
  const nodeId = nodeAt(pick(3))
  const sessionId = sessionAt(pick(3))
  const session = { nodeId, sessionId, at }
  switch (pick(4)) {
    case 0:
      return world.run(node, nodeId, { type: "CloseNodeSession", ...session, reason: "socket closed" })
    case 1:
    case 2: {
      const model = { name: MODELS[pick(2)] ?? "tiny", hash: `hash-${pick(2)}`, contextLength: 512 }
      return world.run(node, nodeId, { type: "ActivateNodeModel", ...session, model })
    }
    default: {
      const validity = { publicKey: "key", issuedAt: at, expiresAt: at + 1, signature: "sig" }
      const certificate = { nodeId, sessionId, environment: "testnet", ...validity } as const
      return world.run(node, nodeId, {
        type: "OpenNodeSession", nodeId, environment: "testnet", certificate, version: "1", slots: 1 + pick(4), at,
      })
    }
  }
}

const work = (world: World, pick: Pick, n: number, at: number): void => {
  const jobId = jobAt(n)
  const state = world.state(job, jobId)
  const current = isOpen(state) ? currentAttempt(state) : null
  const attemptId = current?.attemptId ?? attemptAt(n * 10 + pick(4))
  const deliveredTokens = pick(5)
  switch (current === null ? 0 : pick(4)) {
    case 0: {
      const nodeNumber = pick(3)
      const who = { nodeId: nodeAt(nodeNumber), sessionId: sessionAt(nodeNumber), payee: PAYEES[nodeNumber] ?? "alice" }
      return world.run(job, jobId, { type: "AssignJob", jobId, attemptId, ...who, at })
    }
    case 1:
      return world.run(job, jobId, { type: "MarkProgress", jobId, attemptId, deliveredTokens, at })
    case 2: {
      const reason = pick(2) === 0 ? "node_gone" : "timed_out"
      return world.run(job, jobId, { type: "FailAttempt", jobId, attemptId, reason, deliveredTokens: pick(3) === 0 ? null : deliveredTokens, at })
    }
    default: {
      const counts = { promptTokens: 1, completionTokens: deliveredTokens, durationMs: 5 }
      const receipt = { sessionId: sessionAt(0), digest: `receipt-${pick(2)}`, signature: "sig", ...counts }
      const finished = { finishReason: "stop", deliveredTokens, receipt } as const
      world.run(job, jobId, { type: "CompleteJob", jobId, attemptId, ...finished, at })
      return pay(world, n, at)
    }
  }
}

const end = (world: World, pick: Pick, n: number, at: number): void => {
  const jobId = jobAt(n)
  const state = world.state(job, jobId)
  const attemptId = isOpen(state) ? (currentAttempt(state)?.attemptId ?? null) : null
  switch (pick(6)) {
    case 0:
      return world.run(job, jobId, { type: "RequestCancel", jobId, reason: "client left", at })
    case 1:
      world.run(job, jobId, { type: "ConfirmCancel", jobId, attemptId, deliveredTokens: pick(5), at })
      break
    case 2:
      world.run(job, jobId, { type: "FailJob", jobId, reason: "gateway_lost", at })
      break
    case 3:
      world.run(job, jobId, { type: "ExpireJob", jobId, at })
      break
    case 4:
      world.run(job, jobId, { type: "DeadLetterJob", jobId, at })
      break
    default:
  }
  pay(world, n, at)
}

/** What the settlement workflow does for an ended job. */
const pay = (world: World, n: number, at: number): void => {
  const action = nextAction(world.state(job, jobAt(n)), at)
  if (action.type === "release") {
    const { namespaceId, holdId, reason, request } = action
    return world.run(creditLedger, namespaceId, { type: "ReleaseHold", namespaceId, holdId, reason, ...(request !== null && { request }), at })
  }
  if (action.type !== "settle") return
  const { type: _, ...terms } = action
  world.run(creditLedger, terms.namespaceId, { type: "SettleHold", ...terms, at })
  for (const { payee, nodeId, attemptId, tokens } of terms.served) {
    const basis = { payee, nodeId, attemptId, jobId: jobAt(n), outputTokens: tokens, promptTokens: 10, qualityPercent: 100 }
    world.run(rcpAccount, payee, { type: "AwardJobPoints", ...basis, policyHash: "hash-1", rules: RULES, at })
  }
}
