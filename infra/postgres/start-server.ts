import { type ChildProcess, spawn } from "node:child_process"
import { open, readFile, rm, stat, truncate } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { PostgresBinaries } from "./binaries.ts"
import { freePort } from "./free-port.ts"
import { serverEnvironment } from "./init-cluster.ts"
import { lastPort, serverState } from "./postmaster-file.ts"
import type { RunAs } from "./run-as.ts"
import { PostgresCannotStart, startFailureFrom } from "./start-failure.ts"

/** Crash recovery of a large log is the slow case. */
export const START_TIMEOUT_MS = 60_000
export const STATE_POLL_MS = 10
const START_TRIES = 5
const START_RETRY_MS = 200
const MAX_LOG_BYTES = 8 * 1024 * 1024

/** Small, durable, loopback only. io_method, workers and slots: each process less is about 5 MB and a wake-up less. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  password_encryption: "scram-sha-256",
  max_connections: "60",
  shared_buffers: "64MB",
  work_mem: "4MB",
  maintenance_work_mem: "32MB",
  max_wal_size: "512MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_worker_processes: "2",
  max_parallel_workers: "0",
  max_logical_replication_workers: "0",
  io_method: "sync",
  huge_pages: "off",
  jit: "off",
  log_min_messages: "warning",
  log_checkpoints: "off",
}

export interface StartedServer {
  readonly child: ChildProcess
  readonly port: number
}

interface ServerPlace {
  readonly folder: string
  readonly logFile: string
  readonly binaries: PostgresBinaries
  readonly as: RunAs
}

/** Starts the folder's server and waits until it takes connections. Nobody else may be starting it. */
export const startServer = async (place: ServerPlace): Promise<StartedServer> => {
  await rm(join(place.folder, "postmaster.pid"), { force: true })
  for (let tries = 1; ; tries++) {
    const attempt = await startOnce(place)
    if (typeof attempt !== "string") return attempt
    // A port taken in between, or children of a killed server that are not gone yet.
    const passing = /could not bind|could not create any TCP|shared memory block .* still in use/.test(attempt)
    if (!passing || tries === START_TRIES) throw startFailureFrom("Postgres does not start", attempt)
    await delay(START_RETRY_MS)
  }
}

const startOnce = async (place: ServerPlace): Promise<StartedServer | string> => {
  const port = await freePort(await lastPort(place.folder))
  const logBytes = (await stat(place.logFile).catch(() => null))?.size ?? 0
  if (logBytes > MAX_LOG_BYTES) await truncate(place.logFile)
  const log = await open(place.logFile, "a", 0o600)
  const from = (await log.stat()).size
  try {
    const child = spawnServer(place, port, log.fd)
    const ready = await untilReady(place.folder, child)
    if (ready) {
      child.unref()
      return { child, port }
    }
    const said = await readFile(place.logFile)
    return said.subarray(from).toString("utf8")
  } finally {
    await log.close()
  }
}

/** In a process group of its own: Ctrl-C in a terminal must stop us first, and the server only then. */
const spawnServer = ({ folder, binaries, as }: ServerPlace, port: number, logFd: number): ChildProcess => {
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const [program = binaries.postgres, ...words] = [...as.prefix, binaries.postgres, "-D", folder, ...settings]
  return spawn(program, words, { cwd: "/", env: serverEnvironment, detached: true, stdio: ["ignore", logFd, logFd] })
}

const untilReady = async (folder: string, child: ChildProcess): Promise<boolean> => {
  let ended = false
  child.once("exit", () => (ended = true))
  child.once("error", () => (ended = true))
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!ended) {
    const state = await serverState(folder)
    if (state._tag === "Ready") return true
    if (Date.now() > deadline) {
      child.kill("SIGQUIT")
      throw new PostgresCannotStart({ reason: "timeout", message: `Postgres was not ready within ${START_TIMEOUT_MS} ms` })
    }
    await delay(STATE_POLL_MS)
  }
  return false
}
