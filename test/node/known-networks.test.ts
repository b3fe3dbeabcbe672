import { mkdtemp, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { knownNetwork } from "#infra/identity/known-networks.ts"

describe("the networks that a node knows", () => {
  let folder = ""
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "networks-"))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const keyOf = (address: string, preset?: string) => Effect.runPromise(knownNetwork(folder, address, preset).key)

  it("are kept by address, across restarts, for the owner alone", async () => {
    expect(await keyOf("ws://one/io")).toBe(null)
    await Effect.runPromise(knownNetwork(folder, "ws://one/io").pin("key-1"))
    await Effect.runPromise(knownNetwork(folder, "ws://two/io").pin("key-2"))
    expect(await keyOf("ws://one/io")).toBe("key-1")
    expect(await keyOf("ws://two/io")).toBe("key-2")
    expect((await stat(join(folder, "node", "networks.json"))).mode & 0o777).toBe(0o600)
  })

  it("take the owner's word for a key, and remember it", async () => {
    await Effect.runPromise(knownNetwork(folder, "ws://one/io").pin("old"))
    expect(await keyOf("ws://one/io", "new")).toBe("new")
    expect(await keyOf("ws://one/io")).toBe("new")
  })

  it("are not forgotten silently when the file is damaged", async () => {
    await Effect.runPromise(knownNetwork(folder, "ws://one/io").pin("key"))
    await writeFile(join(folder, "node", "networks.json"), "{")
    await expect(keyOf("ws://one/io")).rejects.toThrow(/damaged/)
  })
})
