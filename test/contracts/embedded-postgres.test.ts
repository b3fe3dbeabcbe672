import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import pg from "pg"
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { openPostgres, type OpenedPostgres } from "#infra/postgres/embedded.ts"
import { serverState } from "#infra/postgres/postmaster-file.ts"
import { type StartFailureReason } from "#infra/postgres/start-failure.ts"
import { type Child, startChild } from "#test/support/contract-child.ts"
import { testFolder, testFolderAtHome } from "#test/support/contract-folder.ts"

const PASSWORD = "a password with %, @ and ü"

const open = async (dataDir: string, password = PASSWORD): Promise<OpenedPostgres> => {
  const opened = await openPostgres({ dataDir, password, log: () => {} })
  onTestFinished(() => opened.close())
  return opened
}

const openElsewhere = async (dataDir: string): Promise<Child & { readonly said: { readonly url: string; readonly startedHere: boolean } }> => {
  const child = startChild("contract-open-process.ts", [dataDir, PASSWORD])
  await child.untilLines(1)
  return { ...child, said: JSON.parse(child.lines[0] ?? "{}") }
}

const stateOf = async (dataDir: string): Promise<string> => (await serverState(join(dataDir, "postgres")))._tag

const query = async (url: string, text: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe("the embedded Postgres", () => {
  it("keeps what was written from one start to the next, at the same address", async () => {
    const dataDir = await testFolder()
    const first = await open(dataDir)
    await query(first.url, "create table kept as select 42 as answer")
    await first.close()
    expect(await stateOf(dataDir)).toBe("Stopped")
    const second = await open(dataDir)
    expect([first.startedHere, second.startedHere]).toEqual([true, true])
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }])
    expect(second.url).toBe(first.url)
  })

  it("syncs each commit and listens on the loopback interface only", async () => {
    const { url } = await open(await testFolder())
    const settings = await query(url, "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories')")
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: "on",
      synchronous_commit: "on",
      full_page_writes: "on",
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
    })
  })

  it("runs in a folder that no other account may enter", async () => {
    const { url } = await open(await testFolderAtHome())
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }])
  })

  it("shows its password neither on a command line nor in its log", async () => {
    const dataDir = await testFolder()
    await open(dataDir)
    const state = await serverState(join(dataDir, "postgres"))
    const pid = state._tag === "Ready" ? state.pid : 0
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8")
    expect(commandLine).toContain("fsync=on")
    expect(commandLine).not.toContain(PASSWORD)
    expect(await readFile(join(dataDir, "postgres.log"), "utf8")).not.toContain(PASSWORD)
  })

  it("is shared by processes that use one folder, and stopped by the last of them", async () => {
    const dataDir = await testFolder()
    const [here, there] = await Promise.all([open(dataDir), openElsewhere(dataDir)])
    expect(there.said.url).toBe(here.url)
    expect([here.startedHere, there.said.startedHere].filter(Boolean)).toHaveLength(1)
    await here.close()
    expect(await stateOf(dataDir)).toBe("Ready")
    there.process.stdin?.end()
    await there.ended
    expect(await stateOf(dataDir)).toBe("Stopped")
  })

  it("is taken over when the process that started it was killed", async () => {
    const dataDir = await testFolder()
    const killed = await openElsewhere(dataDir)
    killed.process.kill("SIGKILL")
    await killed.ended
    const next = await open(dataDir)
    expect(next.url).toBe(killed.said.url)
    await next.close()
    expect(await stateOf(dataDir)).toBe("Stopped")
  })

  it("recovers when it was killed together with its users and its id now belongs to another process", async () => {
    const dataDir = await testFolder()
    const { url, close } = await open(dataDir)
    await query(url, "create table kept as select 42 as answer")
    await close()
    await writeFile(join(dataDir, "postgres", "postmaster.pid"), `${process.pid}\n${join(dataDir, "postgres")}\n1\n5432\n\n127.0.0.1\n\nready\n`)
    const next = await open(dataDir)
    expect(await query(next.url, "select answer from kept")).toEqual([{ answer: 42 }])
  })
})

describe("a Postgres that cannot be had", () => {
  const refusal = async (opening: Promise<unknown>): Promise<StartFailureReason> =>
    opening.then(
      () => expect.unreachable("it opened"),
      (cause: { readonly reason: StartFailureReason }) => cause.reason,
    )

  it("says that the folder belongs to another version", async () => {
    const dataDir = await testFolder()
    await (await open(dataDir)).close()
    await writeFile(join(dataDir, "postgres", "PG_VERSION"), "17\n")
    expect(await refusal(open(dataDir))).toBe("other-postgres-version")
  })

  it("says that the password does not fit the folder, and leaves no server behind", async () => {
    const dataDir = await testFolder()
    await (await open(dataDir)).close()
    expect(await refusal(open(dataDir, "another"))).toBe("wrong-password")
    expect(await stateOf(dataDir)).toBe("Stopped")
  })

  it("says that the data folder is not to be written", async () => {
    expect(await refusal(open("/sys/resultity"))).toBe("no-permission")
    const file = join(await testFolder(), "file")
    await writeFile(file, "")
    expect(await refusal(open(join(file, "data")))).toBe("failed")
  })

  it("is not looked for when DATABASE_URL names a server", async () => {
    const dataDir = await testFolder()
    vi.stubEnv("DATABASE_URL", "postgres://elsewhere.invalid/mine")
    const opened = await open(dataDir)
    expect(opened).toMatchObject({ url: "postgres://elsewhere.invalid/mine", startedHere: false })
    expect(await stateOf(dataDir)).toBe("Stopped")
  })
})
