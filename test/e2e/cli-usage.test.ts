import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, resultity, temporaryFolder } from "#test/support/processes.ts"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))
const STACK = /\n\s+at /
const NAMESPACE = "ns_01933333-0000-7000-8000-000000000000"

describe("a command line that cannot be meant", () => {
  const folders: string[] = []
  let data = ""

  beforeAll(async () => {
    data = join(await temporaryFolder(), "data")
    folders.push(join(data, ".."))
  })
  afterAll(() => cleanUp(folders))

  it.each([
    ["an unknown command", ["upp"], "unknown command 'upp'"],
    ["an unknown option", ["keys", "list", "--colour"], "unknown option '--colour'"],
    ["a port that does not exist", ["up", "--port", "70000"], "65535"],
    ["an amount that is not whole", ["credits", "grant", "--namespace", NAMESPACE, "--amount", "1.5"], "whole number of micro-credits"],
    ["a job id of another shape", ["jobs", "show", "42"], "looks like job_"],
    ["a key for nobody", ["keys", "create"], "--namespace ID or --new-namespace NAME"],
    ["a key for two", ["keys", "create", "--namespace", NAMESPACE, "--new-namespace", "team"], "--namespace ID or --new-namespace NAME"],
    ["a read model that does not exist", ["replay", "balance"], "balances"],
    ["a node that joins by http", ["node", "--join", "http://127.0.0.1:1"], "ws://"],
  ])("%s ends with 2 and says what is wrong, before anything is touched", async (_, args, said) => {
    const { code, stdout, stderr } = await resultity(...args, "--data", data)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toContain(said)
    expect(stderr).not.toMatch(STACK)
    expect(existsSync(data)).toBe(false)
  })

  it("nothing at all shows the help and ends with 2; asking for help ends with 0", async () => {
    const nothing = await resultity()
    const asked = await resultity("--help")
    expect([nothing.code, asked.code]).toEqual([2, 0])
    expect(asked.stdout).toContain("Exit codes:")
  })
})

describe("a place that takes no data", () => {
  const folders: string[] = []
  let base = ""

  beforeAll(async () => {
    base = await temporaryFolder()
    folders.push(base)
    await writeFile(join(base, "file"), "")
    await writeFile(join(base, "secrets.json"), "not what it should be")
  })
  afterAll(() => cleanUp(folders))

  it.each([
    ["a file", () => join(base, "file"), "is not a folder"],
    ["a folder below a file", () => join(base, "file", "data"), "is not a folder"],
    ["a folder whose secrets are damaged", () => base, "is damaged"],
  ])("%s ends with 3 and one line", async (_, place, said) => {
    for (const command of [["up", "--no-node", "--port", "0"], ["keys", "list"]]) {
      const { code, stderr } = await resultity(...command, "--data", place())
      expect(code).toBe(3)
      expect(stderr).toMatch(new RegExp(`^resultity: .*${said}.*\n$`))
    }
  })

  it("--verbose adds the stack for who wants it", async () => {
    const { stderr } = await resultity("keys", "list", "--data", join(base, "file"), "--verbose")
    expect(stderr).toMatch(STACK)
  })
})

describe("an older Node", () => {
  const pretendNode20 = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})`

  it("hands the command to the Node that npm brought, and ends as it ends", async () => {
    const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, ["--import", pretendNode20, ENTRY, "upp"], (error, _stdout, stderr) => resolve({ code: error?.code, stderr }))
    })
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain("unknown command 'upp'")
  })
})
