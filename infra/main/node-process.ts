import { Layer, ManagedRuntime } from "effect"
import process from "node:process"
import type { Logger } from "pino"
import type { TracingShape } from "#commands/ports/tracing.ts"
import type { Environment } from "#domain/kernel/ids.ts"
import { NodeAgent, startAgent } from "#node/agent.ts"
import { FrameCrypto } from "#node/ports/frame-crypto.ts"
import { InferenceEngine } from "#node/ports/inference-engine.ts"
import { KnownNetwork } from "#node/ports/known-network.ts"
import { NetworkLink } from "#node/ports/network-link.ts"
import { NodeIdentity, type NodeIdentityShape } from "#node/ports/node-identity.ts"
import type { NodeSettings } from "#node/settings.ts"
import manifest from "../../package.json" with { type: "json" }
import { ed25519Verifier } from "../crypto/ed25519.ts"
import { runningSha256 } from "../crypto/running-hash.ts"
import { loadEvmKey } from "../identity/evm-key.ts"
import { knownNetwork } from "../identity/known-networks.ts"
import { nodeIdentity } from "../identity/node-identity.ts"
import { lockNodeFolder } from "../identity/node-lock.ts"
import { webSocketLink } from "../node-link/web-socket-link.ts"
import { openTracing } from "../telemetry/open-tracing.ts"
import { traceAttempt } from "../telemetry/traced-node.ts"
import { startEngine } from "./node-engine.ts"

export interface NodeOptions {
  /** The network's node address, `ws://…/io`. */
  readonly join: string
  readonly dataDir: string
  /** A GGUF path, an `hf:` URI, `echo:` or `echo:<tokens per second of each answer>`. */
  readonly model: string
  readonly modelName?: string | undefined
  readonly slots?: number | undefined
  readonly threads?: number | undefined
  readonly maxTokensPerSecond?: number | undefined
  /** Accept only the network with this key; replaces what was pinned. */
  readonly networkKey?: string | undefined
  /** File with the hex of an EVM private key: the identity, at first launch. */
  readonly importKey?: string | undefined
  readonly environment?: Environment | undefined
  readonly logger: Logger
}

export interface RunningNode {
  readonly nodeId: string
  readonly models: readonly string[]
  /** Resolves when the network may give this node jobs; rejects when it never will. */
  readonly ready: Promise<void>
  /** Rejects when the node must stop for good; never resolves. */
  readonly failed: Promise<never>
  /** Says goodbye, lets running jobs end (at most 10 s), frees the model. */
  readonly stop: () => Promise<void>
}

/** A node in this process: loads the model, joins the network and stays, whatever happens to the connection. */
export const startNode = async (options: NodeOptions): Promise<RunningNode> => {
  const lock = await lockNodeFolder(options.dataDir)
  try {
    return await startLocked(options, lock)
  } catch (cause) {
    lock.release()
    throw cause
  }
}

const startLocked = async (options: NodeOptions, lock: { readonly release: () => void }): Promise<RunningNode> => {
  const identity = nodeIdentity(await loadEvmKey(options.dataDir, options.importKey))
  const count = (name: string): void => options.logger.debug({ name }, "counted")
  const tracing = await openTracing(process.env, { service: "resultity-node", counters: { increment: count } })
  const runtime = nodeRuntime(options, identity, tracing)
  try {
    const { model } = await runtime.runPromise(InferenceEngine)
    const { ready, failed, stop } = await runtime.runPromise(NodeAgent)
    return {
      nodeId: identity.nodeId,
      models: [model.name],
      ready: observed(runtime.runPromise(ready)),
      failed: observed(runtime.runPromise(failed)),
      stop: async () => {
        await runtime.runPromise(stop)
        await runtime.dispose()
        await tracing?.close()
        lock.release()
      },
    }
  } catch (cause) {
    await runtime.dispose()
    throw cause
  }
}

const nodeRuntime = (options: NodeOptions, identity: NodeIdentityShape, tracing: TracingShape | null) => {
  const { join, dataDir, networkKey, environment = "testnet", logger: log } = options
  const ports = Layer.mergeAll(
    Layer.succeed(FrameCrypto, { verify: ed25519Verifier(), hash: runningSha256 }),
    Layer.effect(InferenceEngine, startEngine(options)),
    Layer.succeed(KnownNetwork, knownNetwork(dataDir, join, networkKey)),
    Layer.succeed(NetworkLink, webSocketLink(join)),
    Layer.succeed(NodeIdentity, identity),
  )
  const settings: NodeSettings = {
    environment,
    version: manifest.version,
    log: { debug: log.debug.bind(log), info: log.info.bind(log), warn: log.warn.bind(log), error: log.error.bind(log) },
    memoryBytes: () => process.memoryUsage.rss(),
    now: Date.now,
    onAttemptEnded: tracing === null ? undefined : traceAttempt(tracing),
    random: Math.random,
  }
  return ManagedRuntime.make(Layer.provideMerge(Layer.effect(NodeAgent, startAgent(settings)), ports))
}

/** Nobody has to listen: a rejection that is not awaited must not end the process. */
const observed = <Value>(promise: Promise<Value>): Promise<Value> => {
  promise.catch(() => {})
  return promise
}
