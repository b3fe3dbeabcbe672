import { EventLogRefused } from "./log-refused.ts"

/** Atomic batches as this log uses them, and expectations inside them. */
const MIN_VERSION = { major: 2, minor: 14 }
const MONITOR_TIMEOUT_MS = 3_000

interface Varz {
  readonly server_name: string
  readonly version: string
  readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } }
}

export const checkVersion = (server: string, version: string): void => {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10))
  if (major > MIN_VERSION.major || (major === MIN_VERSION.major && minor >= MIN_VERSION.minor)) return
  throw new EventLogRefused(
    `NATS server ${server} is version ${version}, but the domain log needs ${MIN_VERSION.major}.${MIN_VERSION.minor} or later: upgrade the server`,
  )
}

/**
 * Fails unless each of the servers that keep the log is known to sync every message before it acknowledges. A client cannot learn that
 * over its own connection, so the monitoring ports are asked. A minority of them may be away.
 */
export const checkSynced = async (monitorUrls: readonly string[], servers: readonly string[]): Promise<void> => {
  if (monitorUrls.length === 0) {
    throw new EventLogRefused(
      "whether the NATS servers sync every message cannot be seen without their monitoring ports: " +
        `set NATS_MONITOR_URL to those of ${servers.join(", ")}, as in http://127.0.0.1:8222`,
    )
  }
  const answers = await Promise.all(monitorUrls.map(readVarz))
  const seen = answers.filter((answer) => answer !== null)
  for (const { server_name: name, version, jetstream } of seen) {
    checkVersion(name, version)
    if (jetstream?.config?.sync_always !== true) {
      throw new EventLogRefused(
        `NATS server ${name} acknowledges before a message is on disk: set "sync_interval: always" in its jetstream block and restart it`,
      )
    }
  }
  const names = new Set(seen.map(({ server_name: name }) => name))
  const unseen = servers.filter((name) => !names.has(name))
  const away = answers.length - seen.length
  if (unseen.length > away || unseen.length * 2 >= servers.length) {
    throw new EventLogRefused(`no monitoring port says how NATS server ${unseen.join(", ")} syncs: add it to NATS_MONITOR_URL, or start it`)
  }
}

/** Null when nobody answers. */
const readVarz = async (url: string): Promise<Varz | null> => {
  try {
    const response = await fetch(new URL("/varz", url), { signal: AbortSignal.timeout(MONITOR_TIMEOUT_MS) })
    return (await response.json()) as Varz
  } catch {
    return null
  }
}
