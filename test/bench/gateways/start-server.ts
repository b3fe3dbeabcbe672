import { type ChildProcess, fork, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { freePort } from "#infra/postgres/free-port.ts"
import { closedAtTheLatest } from "../clean-up.ts"
import { peerFolder } from "../peers.ts"

export interface Server {
  readonly url: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

const START_TRIES = 100
const START_POLL_MS = 100

/** One of the programs beside this file, with its arguments; it says its port when it listens. */
export const startOwn = async (program: "echo-server-process.ts" | "proxy-process.ts", args: readonly string[]): Promise<Server> => {
  const entry = fileURLToPath(new URL(program, import.meta.url))
  const child = fork(entry, [...args], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
  const gone = once(child, "exit").then(() => Promise.reject(new Error(`${program} ended before it listened`)))
  gone.catch(() => {})
  const [port] = (await Promise.race([once(child, "message"), gone])) as [number]
  return running(child, port)
}

/** Portkey's gateway as its package starts it, without its page for people. */
export const startPortkey = async (): Promise<Server> => {
  const port = await freePort(null)
  const entry = join(peerFolder("@portkey-ai/gateway"), "build", "start-server.js")
  const env = { ...process.env, NODE_ENV: "production" }
  const child = spawn(process.execPath, [entry, "--headless", `--port=${port}`], { stdio: ["ignore", "ignore", "inherit"], env })
  const server = running(child, port)
  for (let tries = 1; ; tries += 1) {
    const answers = await fetch(server.url).then(({ ok }) => ok, () => false)
    if (answers) return server
    if (tries === START_TRIES || child.exitCode !== null) throw new Error("Portkey's gateway does not start")
    await delay(START_POLL_MS)
  }
}

const running = (child: ChildProcess, port: number): Server => {
  const stop = closedAtTheLatest(async () => {
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
  })
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop }
}
