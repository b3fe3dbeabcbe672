import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { defaultThreads, hashOf, modelNameOf, resolveModel } from "#infra/llama/model-file.ts"
import { WORKER_FLAGS } from "#infra/llama/permissions.ts"
import { startLlamaEngine } from "#infra/llama/start-llama-engine.ts"
import { workerEnvironment } from "#infra/llama/worker-environment.ts"
import { isAlive } from "#infra/postgres/process-identity.ts"
import { testFolder } from "#test/support/contract-folder.ts"
import { openEngine, SILENT, TINY_MODEL } from "#test/support/contract-inference-engine.ts"
import { eventually } from "#test/support/processes.ts"

const fileUrl = (path: string): string => JSON.stringify(new URL(`../../infra/llama/${path}`, import.meta.url).href)
const startModel = (modelPath: string) => openEngine(startLlamaEngine({ modelPath, modelName: "bad", slots: 1, log: SILENT }))
const NO_DOWNLOAD = { dataDir: "unused", onProgress: () => {} }

describe("a model file", () => {
  it("that is missing, a folder or no GGUF is refused in plain words", async () => {
    const folder = await testFolder()
    const [missing, garbage] = [join(folder, "missing.gguf"), join(folder, "garbage.gguf")]
    await writeFile(garbage, "not a model at all")
    for (const refuse of [startModel, (path: string) => resolveModel(path, NO_DOWNLOAD)]) {
      await expect(refuse(missing)).rejects.toMatchObject({ _tag: "EngineFailed", message: `there is no model file ${missing}` })
      await expect(refuse(folder)).rejects.toMatchObject({ message: `${folder} is a folder; --model takes a GGUF file` })
      await expect(refuse(garbage)).rejects.toMatchObject({ message: `${garbage} is not a GGUF model file` })
    }
  })

  it("that was cut off is refused in plain words, and leaves the node alive", async () => {
    const path = join(await testFolder(), "cut.gguf")
    for (const bytes of [10, 5_000, 2_000_000]) {
      await writeFile(path, readFileSync(TINY_MODEL).subarray(0, bytes))
      await expect(startModel(path)).rejects.toMatchObject({ _tag: "EngineFailed", message: expect.stringMatching(/^cut\.gguf cannot be loaded: ./) })
    }
  })

  it("that is not on the hub, or cannot be reached, is refused in plain words", async () => {
    const options = { dataDir: await testFolder(), onProgress: () => {} }
    await expect(resolveModel("hf:", options)).rejects.toMatchObject({ _tag: "EngineFailed", message: expect.stringMatching(/^hf: cannot be downloaded/) })
  })

  it("gives the model its name, hash and threads", async () => {
    expect(modelNameOf(TINY_MODEL)).toBe("tiny-chat")
    expect(modelNameOf("/models/Llama-3.2-1B-Instruct-Q4_K_M.gguf")).toBe("Llama-3.2-1B-Instruct-Q4_K_M")
    expect(await hashOf(TINY_MODEL)).toBe("562dc79b2a3be1f49d4f12bcced6207332f400d867dcb7c5dbe0f48e1574bfde")
    expect(await defaultThreads(TINY_MODEL)).toBe(1)
  })
})

describe("the inference process", () => {
  it("cannot read a file or start a program once the model is read", () => {
    const script = `
      import { readFileSync } from "node:fs"
      import { spawnSync } from "node:child_process"
      import { dropPermissions } from ${fileUrl("permissions.ts")}
      const tried = () => [() => readFileSync(${JSON.stringify(TINY_MODEL)}), () => spawnSync("true")]
        .map((act) => { try { act(); return "done" } catch ({ code }) { return code } })
      const before = tried()
      dropPermissions()
      console.log(JSON.stringify([...before, ...tried()]))`
    const { stdout } = spawnSync(process.execPath, [...WORKER_FLAGS, "--input-type=module", "-e", script], { encoding: "utf8" })
    expect(JSON.parse(stdout)).toEqual(["done", "done", "ERR_ACCESS_DENIED", "ERR_ACCESS_DENIED"])
  })

  it("gets nothing of the node's environment that it does not need", () => {
    process.env["RESULTITY_TEST_SECRET"] = "secret"
    try {
      expect(Object.values(workerEnvironment())).not.toContain("secret")
      expect(workerEnvironment()).toMatchObject({ PATH: process.env["PATH"], NODE_LLAMA_CPP_SKIP_DOWNLOAD: "true" })
    } finally {
      delete process.env["RESULTITY_TEST_SECRET"]
    }
  })

  it("ends when the node is killed", async () => {
    const script = `
      import { startLlama } from ${fileUrl("llama-engine.ts")}
      const log = { info: () => {}, warn: () => {} }
      const load = { path: ${JSON.stringify(TINY_MODEL)}, slots: 1, gpu: false, threads: 1, contextLength: null, maxTokensPerSecond: null }
      const { pid } = await startLlama({ ...load, model: { name: "tiny", hash: "" } }, log)
      console.log(pid())`
    const cwd = fileURLToPath(new URL("../..", import.meta.url))
    const node = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd, stdio: ["ignore", "pipe", "inherit"] })
    const [line] = await once(createInterface(node.stdout), "line")
    const pid = Number(line)
    expect(await isRunning(pid)).toBe(true)
    node.kill("SIGKILL")
    await eventually(async () => expect(await isRunning(pid)).toBe(false))
  })
})

/** A process that ended and whom nobody has buried yet does not run. */
const isRunning = async (pid: number): Promise<boolean> =>
  isAlive(pid) && !(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).includes(") Z ")
