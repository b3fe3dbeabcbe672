import { Context, Deferred, Effect, Fiber, type Scope } from "effect"
import { backoffMs } from "./backoff.ts"
import type { NodeStopped } from "./node-stopped.ts"
import { FrameCrypto } from "./ports/frame-crypto.ts"
import { InferenceEngine } from "./ports/inference-engine.ts"
import type { KnownNetwork } from "./ports/known-network.ts"
import { NetworkLink } from "./ports/network-link.ts"
import type { NodeIdentity } from "./ports/node-identity.ts"
import { greet } from "./session/greet.ts"
import { Session, type SessionServices } from "./session/session.ts"
import type { NodeSettings } from "./settings.ts"

/** How long running jobs may go on after `stop`. */
export const DRAIN_MS = 10_000

export type AgentNeeds = InferenceEngine | NetworkLink | NodeIdentity | KnownNetwork | FrameCrypto

export interface Agent {
  /** The network may give this node jobs, for the first time since its start. */
  readonly ready: Effect.Effect<void, NodeStopped>
  /** Ends only if the node must stop for good. */
  readonly failed: Effect.Effect<never, NodeStopped>
  /** Says goodbye, lets running jobs end for `DRAIN_MS`, closes. */
  readonly stop: Effect.Effect<void>
}

/** The agent of this process. */
export class NodeAgent extends Context.Service<NodeAgent, Agent>()("node/NodeAgent") {}

/** Joins the network and stays: each lost connection is followed by another with a new session. Lives as long as its scope. */
export const startAgent = Effect.fnUntraced(function* (
  settings: NodeSettings,
): Effect.fn.Return<Agent, never, AgentNeeds | Scope.Scope> {
  const ready = yield* Deferred.make<void, NodeStopped>()
  const failed = yield* Deferred.make<never, NodeStopped>()
  const link = yield* NetworkLink
  const needs = yield* Effect.context<KnownNetwork | NodeIdentity>()
  const services: SessionServices = {
    engine: yield* InferenceEngine,
    crypto: yield* FrameCrypto,
    settings,
    greet: (challenge) => Effect.provideContext(greet(challenge, settings), needs),
    onActive: (models) => {
      settings.log.info({ models }, "schedulable")
      Deferred.doneUnsafe(ready, Effect.void)
    },
  }
  let current: Session | null = null

  /** One connection from open to gone. */
  const connection = Effect.suspend(() => {
    const session = { is: null as Session | null }
    return link
      .connect((open) => {
        const opened = new Session(open, services)
        session.is = current = opened
        return (text) => opened.receive(text)
      })
      .pipe(
        Effect.catchTag("LinkFailed", ({ message }) => Effect.succeed(message)),
        Effect.ensuring(Effect.sync(() => session.is?.close())),
        Effect.map((reason) => ({ session: session.is, reason: session.is?.refusal ?? reason })),
      )
  })

  const stayConnected = Effect.gen(function* () {
    let failures = 0
    let lastReason = ""
    while (true) {
      const { session, reason } = yield* connection
      if (session?.stopped) return yield* session.stopped
      failures = session?.active ? 0 : failures + 1
      const retryInMs = backoffMs(failures, settings.random())
      const line = reason === lastReason ? settings.log.debug : settings.log.warn
      lastReason = reason
      line({ reason, retryInMs }, "not connected to the network; trying again")
      yield* Effect.sleep(retryInMs)
    }
  })

  const end = yield* Effect.forkScoped(
    Effect.onExit(stayConnected, (exit) => Effect.andThen(Deferred.done(ready, exit), Deferred.done(failed, exit))),
  )
  return {
    ready: Deferred.await(ready),
    failed: Deferred.await(failed),
    stop: Effect.gen(function* () {
      const session: Session | null = current
      if (session !== null) yield* Effect.promise(() => session.drain("stopping")).pipe(Effect.timeoutOption(DRAIN_MS))
      yield* Fiber.interrupt(end)
    }),
  }
})
