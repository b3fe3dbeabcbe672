import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { vi } from "vitest"
import { NATS_SERVER } from "#infra/engines/nats-program.ts"
import { obtain } from "#infra/engines/obtain.ts"
import { freePort } from "#infra/postgres/free-port.ts"

const READY = { timeout: 30_000, interval: 20 }

export interface NatsServer {
  readonly name: string
  readonly port: number
  readonly url: string
  readonly monitorUrl: string
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>
  /** Starts it again on its data; resolves when it takes requests. */
  readonly start: () => Promise<void>
}

export interface NatsServers {
  readonly servers: readonly NatsServer[]
  readonly url: string
  readonly monitorUrls: readonly string[]
  readonly close: () => Promise<void>
}

export interface NatsServersOptions {
  readonly count: 1 | 3
  /** `sync_interval` of its jetstream block. */
  readonly sync: string
}

/** Real servers of a test's own, which may be killed; three of them are a cluster. */
export const startNatsServers = async ({ count, sync }: NatsServersOptions): Promise<NatsServers> => {
  const program = await obtain(NATS_SERVER, { say: () => {}, interrupted: new AbortController().signal })
  const folder = await mkdtemp(join(tmpdir(), "resultity-nats-"))
  const places: { readonly name: string; readonly port: number; readonly monitorPort: number; readonly routePort: number }[] = []
  for (let index = 1; index <= count; index++) {
    places.push({ name: `n${index}`, port: await freePort(null), monitorPort: await freePort(null), routePort: await freePort(null) })
  }
  const routes = places.map(({ routePort }) => `"nats://127.0.0.1:${routePort}"`).join(", ")
  const running = new Map<string, ChildProcess>()

  const serverAt = async ({ name, port, monitorPort, routePort }: (typeof places)[number]): Promise<NatsServer> => {
    const config = join(folder, `${name}.conf`)
    const cluster = count === 1 ? "" : `cluster { name: test, listen: "127.0.0.1:${routePort}", routes: [${routes}] }`
    const store = `jetstream { store_dir: "${join(folder, name)}", sync_interval: "${sync}" }`
    await writeFile(config, `server_name: ${name}\nlisten: "127.0.0.1:${port}"\nhttp: "127.0.0.1:${monitorPort}"\n${store}\n${cluster}\n`)
    const monitorUrl = `http://127.0.0.1:${monitorPort}`
    return {
      name,
      port,
      url: `nats://127.0.0.1:${port}`,
      monitorUrl,
      kill: async () => {
        const child = running.get(name)
        if (child === undefined) return
        running.delete(name)
        child.kill("SIGKILL")
        await once(child, "exit")
      },
      start: async () => {
        running.set(name, spawn(program, ["--config", config], { stdio: "ignore" }))
        await vi.waitFor(async () => {
          const { ok } = await fetch(`${monitorUrl}/healthz`)
          if (!ok) throw new Error(`${name} is not healthy yet`)
        }, READY)
      },
    }
  }

  const servers = await Promise.all(places.map(serverAt))
  await Promise.all(servers.map((server) => server.start()))
  return {
    servers,
    url: servers.map(({ url }) => url).join(","),
    monitorUrls: servers.map(({ monitorUrl }) => monitorUrl),
    close: async () => {
      await Promise.all(servers.map((server) => server.kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
