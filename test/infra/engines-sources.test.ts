import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it, vi } from "vitest"
import { mirrorIn } from "#infra/engines/documentdb-program.ts"
import { EngineUnavailable, found, missing, type Source } from "#infra/engines/engine.ts"
import { refuseOldNats } from "#infra/engines/nats-program.ts"
import { obtain } from "#infra/engines/obtain.ts"
import { pathSource } from "#infra/engines/on-path.ts"

const search = { say: () => {}, interrupted: new AbortController().signal }
const source = (name: string, result: ReturnType<typeof found>): Source => ({ name, find: async () => result })

afterEach(() => vi.unstubAllEnvs())

describe("where an engine comes from", () => {
  it("the first source that has the program gives it, and the ones behind it are not asked", async () => {
    const never: Source = { name: "never", find: () => Promise.reject(new Error("asked")) }
    const sources = [source("PATH", missing("not there")), source("cache", found("/cache/x")), never]
    expect(await obtain({ program: "x", sources }, search)).toBe("/cache/x")
  })

  it("a program that no source has is refused with what each of them said", async () => {
    const sources = [source("PATH", missing("not there")), source("Debian package x", missing("apt-get needs root"))]
    const refused = await obtain({ program: "x", sources }, search).catch((cause: unknown) => cause)
    expect(refused).toBeInstanceOf(EngineUnavailable)
    expect(refused).toHaveProperty("message", "no x here. PATH: not there; Debian package x: apt-get needs root")
  })

  it("no further source is asked once the person has had enough", async () => {
    const interrupted = AbortSignal.abort(new Error("enough"))
    await expect(obtain({ program: "x", sources: [source("PATH", found("/x"))] }, { ...search, interrupted })).rejects.toThrow("enough")
  })

  it("two that need the same program at once get it from one search", async () => {
    let searches = 0
    const counting: Source = { name: "slow", find: async () => found(`/${++searches}`) }
    const wanted = { program: "x", sources: [counting] }
    expect(await Promise.all([obtain(wanted, search), obtain(wanted, search)])).toEqual(["/1", "/1"])
    expect(await obtain(wanted, search)).toBe("/2")
  })

  it("a program on the PATH that does not serve is refused with the reason, a file that cannot be run is not one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "resultity-path-"))
    try {
      writeFileSync(join(folder, "resultity-old"), "", { mode: 0o755 })
      writeFileSync(join(folder, "resultity-text"), "", { mode: 0o644 })
      vi.stubEnv("PATH", folder)
      expect(await pathSource("resultity-old", async () => "too old").find(search)).toEqual(missing("too old"))
      expect(await pathSource("resultity-old").find(search)).toEqual(found(join(folder, "resultity-old")))
      expect(await pathSource("resultity-text").find(search)).toEqual(missing("not there"))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("a NATS server without atomic batches is refused with its version", () => {
    expect(refuseOldNats("nats-server: v2.15.2")).toBeNull()
    expect(refuseOldNats("nats-server: v2.14.0")).toBeNull()
    expect(refuseOldNats("nats-server: v3.0.0-RC.1")).toBeNull()
    expect(refuseOldNats("nats-server: v2.10.27")).toBe("version 2.10.27 is older than 2.14")
    expect(refuseOldNats("what?")).toBe("version unknown is older than 2.14")
  })

  it("DocumentDB comes from Debian's own archive, not from a vendor's and not from the security updates", () => {
    const listed = "Vendor http://vendor.example/debian/\nDebian http://mirror.example/debian-security/\nDebian http://mirror.example/debian/\n"
    expect(mirrorIn(listed)).toBe("http://mirror.example/debian/")
    expect(mirrorIn("Vendor http://vendor.example/debian/\n")).toBeNull()
  })
})
