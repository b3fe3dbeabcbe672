import { Effect, Exit, Layer, ManagedRuntime } from "effect"
import { expect, it } from "vitest"
import { createKey } from "#commands/api-key/create-key.ts"
import { renameKey } from "#commands/api-key/change-key.ts"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { EventStore } from "#commands/ports/event-store.ts"
import { KeyMinter } from "#commands/ports/key-minter.ts"
import { apiKey, DEFAULT_LIMITS } from "#domain/api-key/index.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { KEY, NAMESPACE } from "#test/support/arbitrary-ids.ts"

it("a text that cannot be kept is a defect of its command alone, and not on record", async () => {
  const ports = Layer.mergeAll(Layer.succeed(EventStore, memoryLog().store), Layer.succeed(KeyMinter, { seal: () => ({ pepperVersion: 1, digest: "d" }) }))
  const runtime = ManagedRuntime.make(Layer.provideMerge(commandsLayer({}), ports))
  const run = <A, E>(effect: Effect.Effect<A, E, Commands | KeyMinter>) => runtime.runPromise(effect)
  await run(createKey({ namespaceId: NAMESPACE, mode: "live", name: "", right: "inference", limits: DEFAULT_LIMITS, by: null, keyId: KEY, rootKeyId: null }))
  const names = ["a", "nul\u0000", "half\ud83e", "b"]
  // All at once: they share a commit.
  const ends = await run(Effect.all(names.map((name) => Effect.exit(renameKey({ keyId: KEY, name }))), { concurrency: 4 }))
  expect(ends.map((end) => Exit.isSuccess(end))).toEqual([true, false, false, true])
  expect(await run(Effect.flatMap(Commands, ({ load }) => load(apiKey, KEY)))).toMatchObject({ name: "b" })
})
