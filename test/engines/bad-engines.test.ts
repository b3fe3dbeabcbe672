import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { newSecretsFile } from "#infra/config/secrets.ts"
import { takeDown } from "#infra/engines/down.ts"
import type { EngineName } from "#infra/engines/engine.ts"
import { bringUp } from "#infra/engines/up.ts"
import { runCli } from "#test/chaos/resultity-cli.ts"
import { type RoleProcess, roleProcess } from "#test/chaos/role-process.ts"

const ENGINES = ["nats", "redis", "postgres"] as const satisfies readonly EngineName[]
const RECOVERY = { timeout: 30_000, interval: 100 }

describe("an engine that cannot be used", () => {
  let folder = ""
  let env: Readonly<Record<string, string>> = {}
  const up = (only: readonly EngineName[]) =>
    bringUp({ folder: join(folder, "engines"), only, say: () => {}, interrupted: new AbortController().signal })
  const roles: RoleProcess[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "resultity-bad-engines-"))
    const engines = await up(ENGINES)
    const secrets = join(folder, "secrets.json")
    await writeFile(secrets, newSecretsFile(), { mode: 0o600 })
    env = { ...engines.env, EVENT_STORE: "nats", BUS: "nats", JOB_STREAM: "nats", HOT_STATE: "redis", SECRETS_FILE: secrets }
  })
  afterAll(async () => {
    await Promise.all(roles.map((role) => role.stop()))
    await takeDown(join(folder, "engines"), ENGINES)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const refused = (changes: Readonly<Record<string, string>>) =>
    runCli({ ...env, ...changes }, "serve", "status", "--json").then(
      () => Promise.reject(new Error("it started")),
      (cause: { readonly code: number; readonly stderr: string }) => ({ code: cause.code, said: cause.stderr }),
    )
  const withPassword = (url: string | undefined): string => {
    const changed = new URL(url ?? "")
    changed.password = "hunter2"
    return changed.href
  }

  it.each([
    ["Postgres with a wrong password", () => ({ DATABASE_URL: withPassword(env["DATABASE_URL"]) }), /password/],
    ["Redis with a user it does not know", () => ({ REDIS_URL: withPassword(env["REDIS_URL"]?.replace("//", "//nobody@")) }), /REDIS_URL/],
    ["a Redis that is not there", () => ({ REDIS_URL: "redis://127.0.0.1:9" }), /REDIS_URL/],
    ["a NATS server that is not there", () => ({ NATS_URL: "nats://127.0.0.1:9" }), /NATS|refused/i],
    ["a NATS server whose syncing cannot be seen", () => ({ NATS_MONITOR_URL: "" }), /NATS_MONITOR_URL/],
    ["credentials that are none", () => ({ NATS_CREDENTIALS: env["SECRETS_FILE"] ?? "" }), /NATS_CREDENTIALS/],
    ["secrets that are not there", () => ({ SECRETS_FILE: "/nowhere/secrets.json" }), /resultity config secrets/],
  ])("%s ends the start with words that say what to do, and no password", async (_, changes, words) => {
    const { code, said } = await refused(changes())
    expect(said).toMatch(words)
    expect(said.trim().split("\n").filter((line) => line.startsWith("resultity:"))).toHaveLength(1)
    expect(said).not.toContain("hunter2")
    expect([1, 3]).toContain(code)
  })

  it.each(ENGINES)("%s lost while running turns readiness red, and green again when it is back, without a restart", async (engine) => {
    const role = roleProcess("status", ["serve", "status"], env)
    roles.push(role)
    await role.start()
    const readiness = async () => {
      const response = await fetch(`${String(role.ready()["admin_url"])}/readyz`)
      return { status: response.status, checks: ((await response.json()) as { readonly checks: Readonly<Record<string, string>> }).checks }
    }
    expect(await readiness()).toMatchObject({ status: 200 })
    await takeDown(join(folder, "engines"), [engine])
    await vi.waitFor(async () => {
      const { status, checks } = await readiness()
      expect(status).toBe(503)
      expect(checks[engine]).not.toBe("ok")
    }, RECOVERY)
    const health = await fetch(`${String(role.ready()["admin_url"])}/healthz`)
    expect(health.status).toBe(200)
    await up([engine])
    await vi.waitFor(async () => expect((await readiness()).status).toBe(200), RECOVERY)
    await role.stop()
  })
})
