import { Effect, Layer, ManagedRuntime } from "effect"
import type { Environment } from "#domain/kernel/ids.ts"
import { ed25519Verifier } from "#infra/crypto/ed25519.ts"
import { runningSha256 } from "#infra/crypto/running-hash.ts"
import { NodeAgent, startAgent } from "#node/agent.ts"
import { FrameCrypto } from "#node/ports/frame-crypto.ts"
import { InferenceEngine, type InferenceEngineShape } from "#node/ports/inference-engine.ts"
import { KnownNetwork } from "#node/ports/known-network.ts"
import { NetworkLink, type NetworkLinkShape } from "#node/ports/network-link.ts"
import { NodeIdentity } from "#node/ports/node-identity.ts"
import { freshIdentity } from "#test/support/node-test-keys.ts"

export interface AgentOptions {
  readonly link: NetworkLinkShape
  readonly engine: InferenceEngineShape
  readonly environment?: Environment
  readonly identity?: ReturnType<typeof freshIdentity>
}

/** The real agent with real cryptography; the pinned key is kept in memory, and nothing is random. */
export const runAgent = async ({ link, engine, environment = "testnet", identity = freshIdentity() }: AgentOptions) => {
  const pinned = { key: null as string | null }
  const lines: string[] = []
  const line = (_facts: object, message: string): void => void lines.push(message)
  const ports = Layer.mergeAll(
    Layer.succeed(FrameCrypto, { verify: ed25519Verifier(), hash: runningSha256 }),
    Layer.succeed(InferenceEngine, engine),
    Layer.succeed(KnownNetwork, { key: Effect.sync(() => pinned.key), pin: (key) => Effect.sync(() => void (pinned.key = key)) }),
    Layer.succeed(NetworkLink, link),
    Layer.succeed(NodeIdentity, identity),
  )
  const log = { debug: line, info: line, warn: line, error: line }
  const settings = { environment, version: "0.0.0", log, memoryBytes: () => 1_000, now: Date.now, random: () => 0 }
  const runtime = ManagedRuntime.make(Layer.provideMerge(Layer.effect(NodeAgent, startAgent(settings)), ports))
  const agent = await runtime.runPromise(NodeAgent)
  const failed = runtime.runPromise(agent.failed)
  const ready = runtime.runPromise(agent.ready)
  // A test that expects the failure awaits it; others must not hear of it as unhandled.
  for (const ending of [ready, failed]) ending.catch(() => {})
  return {
    identity, pinned, lines, ready, failed,
    stop: () => runtime.runPromise(agent.stop),
    dispose: () => runtime.dispose(),
  }
}
