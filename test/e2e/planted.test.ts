import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { otlpReceiver } from "#test/support/otlp-receiver.ts"
import { foundIn, foundInFolder, foundInPostgres, plantsFor } from "#test/support/planted.ts"
import { cleanUp, eventually, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"
import { askEverything } from "#test/support/ask-everything.ts"

/** What must not be in any store, log, trace, metric or event of a network that was asked in every way it can be. */
describe("what clients say, and what opens doors", () => {
  const folders: string[] = []
  const plants = plantsFor("prompt", "answer", "toolArguments", "toolResult", "embedding", "completion", "instructions", "user", "metadata", "url", "header", "broken", "model", "idempotencyKey", "webhookUrl")
  let data = ""
  let up: Running
  let receiver: Awaited<ReturnType<typeof otlpReceiver>>
  let secrets: Readonly<Record<string, string>> = {}

  beforeAll(async () => {
    receiver = await otlpReceiver()
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    vi.stubEnv("RESULTITY_LOG_LEVEL", "trace")
    vi.stubEnv("WEBHOOK_TARGETS", "any")
    data = await temporaryFolder()
    folders.push(data)
    up = await start("up", "--port", "0", "--data", data, "--model", "echo:")
    const { api_key: made } = await resultityJson<{ readonly api_key: string }>("keys", "create", "--namespace", String(up.ready["namespace_id"]), "--data", data)
    const namespace = ["--namespace", String(up.ready["namespace_id"]), "--data", data]
    const webhook = await resultityJson<{ readonly secret: string }>("webhooks", "create", `${receiver.url}/${plants.webhookUrl}`, "--include-content", ...namespace)
    secrets = { webhookSecret: webhook.secret.slice("whsec_".length), demoKey: secretOf(String(up.ready["api_key"])), madeKey: secretOf(made) }
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await cleanUp(folders)
    await receiver.close()
  })

  it("are asked and answered in every way there is", async () => {
    const { statuses, text } = await askEverything({ baseUrl: String(up.ready["base_url"]), apiKey: String(up.ready["api_key"]), model: "echo", plants })
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4)
    expect(statuses.filter((status) => status >= 400 && status < 500).length).toBeGreaterThanOrEqual(4)
    expect(statuses.filter((status) => status >= 500)).toEqual([])
    // The echo engine says again what it was asked: answers have the plants as well.
    expect(foundIn("answers", text, { prompt: plants.prompt })).toEqual(["prompt in answers"])
  }, 120_000)

  it("are in no metric and in no output of a command", async () => {
    const { adminToken } = JSON.parse(await readFile(join(data, "secrets.json"), "utf8")) as { readonly adminToken: string }
    const response = await fetch(`${String(up.ready["admin_url"])}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
    expect(foundIn("metrics", await response.text(), { ...plants, ...secrets })).toEqual([])
    const jobs = await eventually(async () => {
      const all = await resultityJson<readonly { readonly jobId: string; readonly paidAt: number | null }[]>("jobs", "list", "--data", data)
      expect(all.every(({ paidAt }) => paidAt !== null)).toBe(true)
      return all
    })
    const commands = [["jobs", "list"], ["jobs", "show", jobs[0]?.jobId ?? ""], ["events", "list"], ["usage", "--json"], ["keys", "list"], ["inferences", "list"], ["webhooks", "list", "--namespace", String(up.ready["namespace_id"])]]
    for (const command of commands) {
      const { stdout, stderr } = await resultity(...command, "--data", data)
      expect(foundIn(command.join(" "), stdout + stderr, { ...plants, ...secrets })).toEqual([])
    }
  }, 60_000)

  it("are in no row of any table", async () => {
    const url = await databaseUrl(data)
    const { found, rows } = await foundInPostgres(url, { ...plants, ...secrets })
    expect(rows).toBeGreaterThan(100)
    expect(found).toEqual([])
    const known = await foundInPostgres(url, { namespace: String(up.ready["namespace_id"]) })
    expect(known.found).toContain("namespace in table log.events")
  }, 60_000)

  it("are in no trace, no log and no file, those of secrets apart", async () => {
    expect(await up.stop()).toBe(0)
    expect(receiver.bodies.join()).toContain("/v1/chat/completions")
    expect(foundIn("traces", receiver.bodies.join(), { ...plants, ...secrets })).toEqual([])
    expect(up.output()).toContain("/v1/chat/completions")
    expect(foundIn("log", up.output(), { ...plants, ...secrets })).toEqual([])
    expect(await foundInFolder(data, { ...plants, ...secrets }, ["secrets.json", "demo-key.json"])).toEqual([])
    expect((await readdir(data)).length).toBeGreaterThan(1)
    expect(await foundInFolder(data, { namespace: String(up.ready["namespace_id"]) })).not.toEqual([])
  }, 60_000)
})

/** Of `rk_<test|live>_<keyid>_<secret>_<crc>`. */
const secretOf = (apiKey: string): string => {
  const [, , , secret = ""] = apiKey.split("_")
  expect(secret).toHaveLength(32)
  return secret
}

/** Of the folder's own Postgres, while it runs. */
const databaseUrl = async (data: string): Promise<string> => {
  const { postgresPassword } = JSON.parse(await readFile(join(data, "secrets.json"), "utf8")) as { readonly postgresPassword: string }
  const [, , , port] = (await readFile(join(data, "postgres", "postmaster.pid"), "utf8")).split("\n")
  return `postgres://resultity:${postgresPassword}@127.0.0.1:${port}/postgres`
}
