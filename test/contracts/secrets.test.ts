import { createPrivateKey, sign } from "node:crypto"
import { readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { loadSecrets, SecretsUnreadable } from "#infra/config/secrets.ts"
import { testFolder } from "#test/support/contract-folder.ts"

describe("the secrets of a data folder", () => {
  it("are made once, for this user only, and are the same ever after", async () => {
    const dataDir = join(await testFolder(), "data")
    const all = await Promise.all(Array.from({ length: 20 }, () => loadSecrets(dataDir)))
    all.push(await loadSecrets(dataDir))
    expect(new Set(all.map((secrets) => JSON.stringify({ ...secrets }))).size).toBe(1)
    expect(await readdir(dataDir)).toEqual(["secrets.json"])
    expect((await stat(join(dataDir, "secrets.json"))).mode & 0o777).toBe(0o600)
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  })

  it("are all there and of use", async () => {
    const secrets = await loadSecrets(await testFolder())
    expect(secrets.contentRootKey).toHaveLength(32)
    expect(Buffer.from(secrets.keyPepper.value, "base64")).toHaveLength(32)
    expect(secrets.keyPepper.version).toBe(1)
    const key = createPrivateKey({ key: Buffer.from(secrets.networkKey, "base64"), format: "der", type: "pkcs8" })
    expect(sign(null, Buffer.from("hello"), key)).toHaveLength(64)
    expect(secrets.adminToken).toMatch(/^[\w-]{43}$/)
  })

  it("do not show when they get into a log line or a reply by mistake", async () => {
    const secrets = await loadSecrets(await testFolder())
    expect(inspect({ secrets })).toBe("{ secrets: [secrets] }")
    expect(JSON.stringify({ secrets })).toBe('{"secrets":"[secrets]"}')
  })

  it("stop the program when the file is damaged, without quoting it and without replacing it", async () => {
    const dataDir = await testFolder()
    const damaged = '{"postgresPassword": "hunter2"}'
    await writeFile(join(dataDir, "secrets.json"), damaged)
    const refused = await loadSecrets(dataDir).catch((cause: unknown) => cause)
    expect(refused).toBeInstanceOf(SecretsUnreadable)
    expect(inspect(refused)).not.toContain("hunter2")
    expect(await readFile(join(dataDir, "secrets.json"), "utf8")).toBe(damaged)
  })
})
