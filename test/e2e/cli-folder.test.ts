import { stat } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

interface NewKey {
  readonly api_key: string
  readonly key_id: string
  readonly namespace_id: string
}

interface Balance {
  readonly available: string
  readonly held: string
  readonly spent: string
}

const portOf = (url: unknown): string => new URL(String(url)).port

describe("a data folder, with and without a network on it", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  let team: NewKey

  const folder = async (): Promise<string> => {
    const made = await temporaryFolder()
    folders.push(made)
    return made
  }
  const balance = () => resultityJson<Balance>("credits", "balance", "--namespace", team.namespace_id, "--data", data)
  const modelsWith = (apiKey: string) =>
    fetch(`${String(up.ready["base_url"])}/models`, { headers: { authorization: `Bearer ${apiKey}` } })

  beforeAll(async () => {
    data = await folder()
    team = await resultityJson("keys", "create", "--new-namespace", "team", "--credits", "5000000", "--data", data)
    up = await start("up", "--no-node", "--port", "0", "--data", data)
  })
  afterAll(() => cleanUp(folders))

  it("what was granted before the network ran is there while it runs, and the other way round", async () => {
    expect(await balance()).toEqual({ available: "5000000", held: "0", spent: "0" })
    const grant = ["credits", "grant", "--namespace", team.namespace_id, "--amount", "1", "--id", "once", "--data", data]
    await resultity(...grant)
    await resultity(...grant)
    expect(await balance()).toEqual({ available: "5000001", held: "0", spent: "0" })
    expect(await up.stop()).toBe(0)
    expect(await balance()).toEqual({ available: "5000001", held: "0", spent: "0" })
    up = await start("up", "--no-node", "--port", "0", "--data", data)
  })

  it("the same grant with another amount is refused with both numbers", async () => {
    const { code, stderr } = await resultity(
      "credits", "grant", "--namespace", team.namespace_id, "--amount", "2", "--id", "once", "--data", data,
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/^resultity: grant conflict: .*granted 1, offered 2\n$/)
  })

  it("a namespace nobody made is a failure, not a zero", async () => {
    const unknown = "ns_01933333-0000-7000-8000-000000000000"
    const { code, stderr } = await resultity("credits", "balance", "--namespace", unknown, "--data", data)
    expect({ code, stderr }).toEqual({ code: 1, stderr: `resultity: there is no namespace ${unknown} in ${data}\n` })
  })

  it("a key made beside the running network opens it at once, and a revoked one no longer does", async () => {
    const made = await resultityJson<NewKey>("keys", "create", "--namespace", team.namespace_id, "--data", data)
    expect((await modelsWith(made.api_key)).status).toBe(200)
    expect((await resultity("keys", "revoke", made.key_id, "--data", data)).code).toBe(0)
    await expect.poll(async () => (await modelsWith(made.api_key)).status, { timeout: 6_000 }).toBe(401)
    const keys = await resultityJson<readonly object[]>("keys", "list", "--namespace", team.namespace_id, "--data", data)
    expect(keys).toMatchObject([{ revokedAt: null }, { keyId: made.key_id, revokedAt: expect.any(Number) }])
    expect(JSON.stringify(keys)).not.toMatch(/digest/)
  })

  it("the demo key is the same after a restart, opens the network, and its file is for the owner alone", async () => {
    const before = up.ready["api_key"]
    await up.kill()
    up = await start("up", "--no-node", "--port", "0", "--data", data)
    expect(up.ready["api_key"]).toBe(before)
    expect((await modelsWith(String(before))).status).toBe(200)
    expect((await stat(join(data, "demo-key.json"))).mode & 0o777).toBe(0o600)
  })

  it("a second network on the folder is refused with the pid of the first, which goes on", async () => {
    const { code, stderr } = await resultity("up", "--no-node", "--port", "0", "--data", data, "--log-level", "silent")
    expect(code).toBe(3)
    expect(stderr).toBe(`resultity: another \`resultity up\` (pid ${up.pid}) already runs on ${data}; stop it, or use another --data\n`)
    expect((await modelsWith(team.api_key)).status).toBe(200)
  })

  it("a taken port is named, and nothing is left running", async () => {
    const port = portOf(up.ready["base_url"])
    const other = await folder()
    const { code, stderr } = await resultity("up", "--no-node", "--port", port, "--io-port", "0", "--admin-port", "0", "--data", other, "--log-level", "silent")
    expect({ code, stderr }).toEqual({ code: 3, stderr: `resultity: port ${port} is taken; choose another one (0 = any free one)\n` })
    const server = await stat(join(other, "postgres", "postmaster.pid")).catch(() => null)
    expect(server).toBeNull()
  })
})
