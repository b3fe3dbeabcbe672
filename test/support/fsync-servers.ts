import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { vi } from "vitest"
import { debianSource } from "#infra/engines/debian-package.ts"
import type { Wanted } from "#infra/engines/engine.ts"
import { NATS_SERVER } from "#infra/engines/nats-program.ts"
import { obtain } from "#infra/engines/obtain.ts"
import { pathSource } from "#infra/engines/on-path.ts"
import { findBinaries } from "#infra/postgres/binaries.ts"
import { freePort } from "#infra/postgres/free-port.ts"
import { initCluster, POSTGRES_USER } from "#infra/postgres/init-cluster.ts"
import { runAs } from "#infra/postgres/run-as.ts"
import { startServer } from "#infra/postgres/start-server.ts"
import { readTrace, straceWords, type Syscall } from "./fsync-trace.ts"

const STRACE: Wanted = {
  program: "strace",
  sources: [pathSource("strace"), debianSource({ name: "strace", program: "strace", service: null })],
}
const SEARCH = { say: () => {}, interrupted: new AbortController().signal }
/** Under strace everything takes its time. */
const READY = { timeout: 60_000, interval: 50 }
const PASSWORD = "only-on-loopback"

/** A real server of a test's own whose every write, sync and answer is written down. */
export interface TracedServer {
  readonly url: string
  readonly monitorUrl: string
  /** Stops it, and gives what it did. */
  readonly stop: () => Promise<readonly Syscall[]>
}

/** `sync`: the `sync_interval` of its jetstream block. */
export const traceNats = async (sync: string): Promise<TracedServer> => {
  const [strace, program] = [await obtain(STRACE, SEARCH), await obtain(NATS_SERVER, SEARCH)]
  const folder = await mkdtemp(join(tmpdir(), "resultity-fsync-nats-"))
  const trace = join(folder, "trace")
  const [port, monitorPort] = [await freePort(null), await freePort(null)]
  const config = join(folder, "server.conf")
  await writeFile(config, [
    'server_name: "traced"', `listen: "127.0.0.1:${port}"`, `http: "127.0.0.1:${monitorPort}"`,
    `jetstream { store_dir: "${join(folder, "data")}", sync_interval: "${sync}" }`, "",
  ].join("\n"))
  const child = spawn(strace, [...straceWords(trace), program, "--config", config], { stdio: "ignore" })
  const monitorUrl = `http://127.0.0.1:${monitorPort}`
  const server = { url: `nats://127.0.0.1:${port}`, monitorUrl, stop: () => stopTraced(child, "SIGTERM", trace, folder) }
  const healthy = vi.waitFor(async () => {
    if (!(await fetch(`${monitorUrl}/healthz`)).ok) throw new Error("not healthy yet")
  }, READY)
  const ended = once(child, "exit").then(() => Promise.reject(new Error("strace or the server ended at once")))
  ended.catch(() => {})
  await Promise.race([healthy, ended]).catch(async (cause: unknown) => {
    await server.stop().catch(() => {})
    throw cause
  })
  return server
}

export const tracePostgres = async (): Promise<TracedServer> => {
  const strace = await obtain(STRACE, SEARCH)
  const folder = await mkdtemp(join(tmpdir(), "resultity-fsync-postgres-"))
  const [cluster, trace] = [join(folder, "cluster"), join(folder, "trace")]
  const binaries = await findBinaries()
  const as = await runAs(cluster, [binaries.postgres])
  if (as.owner !== null) await chown(folder, as.owner.uid, as.owner.gid)
  await initCluster(cluster, { binaries, as, password: PASSWORD })
  const traced = { ...as, prefix: [...as.prefix, strace, ...straceWords(trace)] }
  const { child, port } = await startServer({ folder: cluster, logFile: join(folder, "postgres.log"), binaries, as: traced })
  const url = `postgres://${POSTGRES_USER}:${PASSWORD}@127.0.0.1:${port}/postgres`
  return { url, monitorUrl: "", stop: () => stopTraced(child, "SIGINT", trace, folder) }
}

/** The server, not strace: it writes down everything up to the server's end and ends with it. */
const stopTraced = async (strace: ChildProcess, signal: NodeJS.Signals, trace: string, folder: string): Promise<readonly Syscall[]> => {
  try {
    const ended = strace.exitCode === null ? once(strace, "exit") : Promise.resolve()
    const children = await readFile(`/proc/${strace.pid}/task/${strace.pid}/children`, "utf8").catch(() => "")
    for (const pid of children.trim().split(" ").filter((text) => text !== "")) process.kill(Number(pid), signal)
    await ended
    return await readTrace(trace)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
