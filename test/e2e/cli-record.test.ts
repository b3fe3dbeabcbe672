import { chmod } from "node:fs/promises"
import { join } from "node:path"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { pino } from "pino"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { type DataFolder, openDataFolder } from "#infra/main/data-folder.ts"
import { cleanUp, resultity, resultityJson, temporaryFolder } from "#test/support/processes.ts"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))

interface StoredEvent {
  readonly position: string
  readonly stream: string
  readonly type: string
}

describe("the record of a data folder", () => {
  const folders: string[] = []
  let data = ""
  let namespace = ""
  let folder: DataFolder

  const events = async (...selection: readonly string[]): Promise<readonly StoredEvent[]> => {
    const { stdout } = await resultity("events", "read", ...selection, "--data", data)
    return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as StoredEvent)
  }
  const sql = (statement: string) => folder.pool.query(statement)

  beforeAll(async () => {
    data = await temporaryFolder()
    folders.push(data)
    // Stays open: each command then finds a server that runs.
    folder = await openDataFolder(data, { log: pino({ level: "silent" }), interrupted: new AbortController().signal })
    const key = await resultityJson<{ namespace_id: string }>("keys", "create", "--new-namespace", "a", "--credits", "7", "--data", data)
    namespace = key.namespace_id
    await resultity("keys", "create", "--new-namespace", "b", "--credits", "9", "--data", data)
  })
  afterAll(async () => {
    await folder.close()
    await cleanUp(folders)
  })

  it("is read whole and in order, one JSON event a line", async () => {
    const all = await events()
    expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => String(index + 1)))
    expect(all.map(({ type }) => type)).toEqual([
      "NamespaceCreated", "CreditsGranted", "KeyCreated", "NamespaceCreated", "CreditsGranted", "KeyCreated",
    ])
  })

  it("is read by stream, by the beginning of a stream's name, by type, by story, behind a position and up to a number", async () => {
    const typesAndPositions = async (...selection: readonly string[]) => (await events(...selection)).map(({ position }) => position)
    expect(await typesAndPositions("--stream", `ledger-${namespace}`)).toEqual(["2"])
    expect(await typesAndPositions("--stream", "ledger-*")).toEqual(["2", "5"])
    expect(await typesAndPositions("--type", "KeyCreated")).toEqual(["3", "6"])
    expect(await typesAndPositions("--correlation", namespace)).toEqual(["1", "2", "3"])
    expect(await typesAndPositions("--after", "4")).toEqual(["5", "6"])
    expect(await typesAndPositions("--after", "1", "--limit", "2")).toEqual(["2", "3"])
  })

  it("tail shows what another process writes, and ends with 130 when it is interrupted", async () => {
    const tail = spawn(process.execPath, [ENTRY, "events", "tail", "--type", "CreditsGranted", "--after", "0", "--data", data])
    onTestFinished(() => void tail.kill("SIGKILL"))
    const lines = createInterface({ input: tail.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse(String((await lines.next()).value)) as { data: { amount: string } }
    expect([(await next()).data.amount, (await next()).data.amount]).toEqual(["7", "9"])
    const granted = resultityJson("credits", "grant", "--namespace", namespace, "--amount", "3", "--data", data)
    // Nobody else projects here: the command itself makes the read models current.
    expect(await granted).toEqual({ available: "10", held: "0", spent: "0" })
    expect((await next()).data.amount).toBe("3")
    tail.kill("SIGINT")
    expect((await once(tail, "exit"))[0]).toBe(130)
  })

  it("replay --verify agrees with what the projector made, and says how fast it was", async () => {
    const { code, stdout } = await resultity("replay", "--verify", "--data", data)
    expect(stdout).toMatch(/^Equal, byte for byte: \d+ rows in \d+ tables\. 7 events in .* events\/s\.\n$/)
    expect(code).toBe(0)
  })

  it("one changed cell is found: exit code 1 and the table, the row and both values; replay repairs it", async () => {
    await sql(`update read.ledger_balances set available = available + 1 where namespace_id = '${namespace}'`)
    const found = await resultity("replay", "--verify", "--data", data)
    expect(found.code).toBe(1)
    expect(found.stdout).toBe(
      `Different: balances, table ledger_balances, row namespace_id=${namespace}\n  available: live 11, by the log 10\n`,
    )
    const json = JSON.parse((await resultity("replay", "--verify", "balances", "--json", "--data", data)).stdout) as object
    expect(json).toMatchObject({ equal: false, projection: "balances", difference: { columns: ["available"] } })
    expect((await resultity("replay", "usage", "--verify", "--data", data)).code).toBe(0)
    expect((await resultity("replay", "balances", "--data", data)).stdout).toMatch(/^Rebuilt balances: 7 events in /)
    expect((await resultity("replay", "--verify", "--data", data)).code).toBe(0)
  })

  it("a row the log knows nothing of, and one that is missing, are told apart", async () => {
    await sql(`delete from read.namespaces where namespace_id = '${namespace}'`)
    expect((await resultity("replay", "--verify", "namespaces", "--data", data)).stdout).toContain("the live table does not have it")
    await resultity("replay", "namespaces", "--data", data)
    await sql(`insert into read.namespaces (namespace_id) values ('ns_made_up')`)
    expect((await resultity("replay", "--verify", "namespaces", "--data", data)).stdout).toContain("only the live table has it")
    await resultity("replay", "namespaces", "--data", data)
  })

  it("doctor finds nothing wrong, then books that do not balance and secrets that others can read", async () => {
    const findings = async () => {
      const { code, stdout } = await resultity("doctor", "--json", "--port", "0", "--data", data)
      const all = JSON.parse(stdout) as readonly { check: string; status: string; advice: string }[]
      return { code, failed: all.filter(({ status }) => status === "fail") }
    }
    expect(await findings()).toEqual({ code: 0, failed: [] })
    await sql(`update read.account_balances set amount = amount + 5 where account = 'system:grants'`)
    await chmod(join(data, "secrets.json"), 0o644)
    const { code, failed } = await findings()
    expect(code).toBe(1)
    expect(failed).toMatchObject([
      { check: "secrets", advice: expect.stringContaining("chmod 600") },
      { check: "books", advice: expect.stringContaining("replay --verify") },
    ])
    await chmod(join(data, "secrets.json"), 0o600)
    await resultity("replay", "balances", "--data", data)
    expect((await findings()).code).toBe(0)
  })
})
