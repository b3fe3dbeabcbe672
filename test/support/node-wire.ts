import { afterEach, beforeEach, expect } from "vitest"
import { echoEngine } from "#infra/echo-engine/echo-engine.ts"
import { webSocketLink } from "#infra/node-link/web-socket-link.ts"
import type { InferenceEngineShape } from "#node/ports/inference-engine.ts"
import type { NetworkOptions } from "#test/support/memory-network.ts"
import { eventually, liveNetwork, type LiveNetwork } from "#test/support/node-live-network.ts"
import { rawClient } from "#test/support/node-raw-client.ts"
import { runAgent } from "#test/support/node-running-agent.ts"
import { freshIdentity } from "#test/support/node-test-keys.ts"

/** A fresh network for every test of a file, and nodes that join it over a real connection, honestly or not. */
export const useWire = (options?: NetworkOptions) => {
  let network: LiveNetwork
  const cleanups: (() => unknown)[] = []
  beforeEach(async () => {
    network = await liveNetwork(options)
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await network.stop()
  })

  const joinHonestly = (identity = freshIdentity(), tokensPerSecond?: number) =>
    joinWith(echoEngine({ modelName: "m", slots: 4, tokensPerSecond }), identity)
  const joinWith = async (engine: InferenceEngineShape, identity = freshIdentity()) => {
    const agent = await runAgent({ link: webSocketLink(network.url), engine, identity })
    cleanups.push(agent.dispose)
    return agent
  }
  const joinRaw = async (identity = freshIdentity()) => {
    const client = await rawClient(network.url, identity)
    cleanups.push(client.close)
    return client
  }
  /** A job of 10 prompt tokens at 1 and `tokens` output tokens at 2 micro-credits was paid, and nothing else happened. */
  const expectCharged = (tokens: number) =>
    eventually(async () => {
      const spent = 10n + 2n * BigInt(tokens)
      expect(await network.ledger()).toMatchObject({ held: 0n, spent, available: 1_000n - spent })
    })
  const expectNothingCharged = () =>
    eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 0n, available: 1_000n }))
  return { network: () => network, joinHonestly, joinWith, joinRaw, expectCharged, expectNothingCharged }
}
