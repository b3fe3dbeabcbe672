import { join } from "node:path"
import { ENGINE_NAMES, ENGINE_VARIABLES, type EngineName } from "./engine.ts"
import type { EngineRecord } from "./state-file.ts"

/** One engine that takes requests. */
export interface EngineReport {
  readonly name: EngineName
  /** What it really is: a stand-in says so here. */
  readonly what: string
  readonly version: string
  readonly url: string
  readonly env?: Readonly<Record<string, string>>
  /** The server itself; of several, the first. */
  readonly pid: number
  readonly data: string
  readonly processes: readonly { readonly role: string; readonly pid: number }[]
}

/** Helpers of a server are started before it, so the server is the last one, except in a cluster of equals. */
const serverOf = ({ name, processes }: EngineRecord): number | undefined => (name === "nats-cluster" ? processes[0] : processes.at(-1))?.pid

export const reportOf = (record: EngineRecord, folder: string): EngineReport | null => {
  const pid = serverOf(record)
  if (record.running === null || pid === undefined) return null
  const processes = record.processes.map(({ role, pid: one }) => ({ role, pid: one }))
  return { name: record.name, ...record.running, pid, data: join(folder, record.name), processes }
}

/** Name and version as they are shown. A stand-in's name holds its version and what it is not. */
export const titleOf = ({ what, version }: Pick<EngineReport, "what" | "version">): string =>
  what.includes(version) ? what : `${what} ${version}`

/** What programs and tests need in their environment. */
export const environmentOf = (engines: readonly EngineReport[]): Readonly<Record<string, string>> =>
  Object.fromEntries(engines.flatMap(({ name, url, env = {} }) => [[ENGINE_VARIABLES[name], url], ...Object.entries(env)]))

const NEEDS_NO_QUOTES = /^[\w:/.,@%+=-]*$/

/** For a shell: `eval "$(resultity engines up)"`. */
export const exportLines = (env: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(env).map(([name, value]) => `export ${name}=${NEEDS_NO_QUOTES.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`)

/** Engines that a run may go without: `ENGINES_OPTIONAL=mongo,rabbitmq`. */
export const optionalEngines = (given = process.env["ENGINES_OPTIONAL"] ?? ""): ReadonlySet<EngineName> => {
  const names = given.split(",").map((name) => name.trim())
  return new Set(ENGINE_NAMES.filter((name) => names.includes(name)))
}
