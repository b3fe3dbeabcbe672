import { Data } from "effect"

/** In the order in which they are shown. */
export const ENGINE_NAMES = ["nats", "nats-cluster", "redis", "rabbitmq", "postgres", "mongo"] as const

export type EngineName = (typeof ENGINE_NAMES)[number]

/** Where programs and tests look for each engine. */
export const ENGINE_VARIABLES: Readonly<Record<EngineName, string>> = {
  nats: "NATS_URL",
  "nats-cluster": "NATS_CLUSTER_URL",
  redis: "REDIS_URL",
  rabbitmq: "RABBITMQ_URL",
  postgres: "DATABASE_URL",
  mongo: "MONGO_URL",
}

/** A real server for development and tests. */
export interface Engine {
  readonly name: EngineName
  /** Finds or installs it, starts what does not run yet, and resolves when it takes requests. */
  readonly start: (place: EnginePlace) => Promise<RunningEngine>
}

export interface RunningEngine {
  /** What it really is, without the version. */
  readonly what: string
  readonly version: string
  readonly url: string
  /** Further variables that programs need beside its address. */
  readonly env?: Readonly<Record<string, string>>
}

/** What an engine gets from `up`: a folder, ports that stay the same over restarts, and a way to start processes that `down` finds. */
export interface EnginePlace {
  readonly folder: string
  readonly port: (role: string) => Promise<number>
  /** Starts the process, or keeps the one that runs in this role, and resolves when `ready` does. */
  readonly run: (spec: ProcessSpec) => Promise<void>
  /** For servers that are started by code of their own; such a process stays what it is while it lives. */
  readonly isRunning: (role: string) => Promise<boolean>
  readonly adopt: (process: { readonly role: string; readonly pid: number; readonly stop: StopSignal }) => Promise<void>
  readonly obtain: (wanted: Wanted) => Promise<string>
  readonly say: (line: string) => void
  readonly interrupted: AbortSignal
}

export type StopSignal = "SIGTERM" | "SIGINT"

export interface ProcessSpec {
  readonly role: string
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What makes it leave in order. */
  readonly stop: StopSignal
  /** Resolves when it takes requests; rejects or throws while it does not. */
  readonly ready: () => Promise<unknown>
  readonly readyTimeoutMs?: number
}

/** A program, and the places to get it from, best first. */
export interface Wanted {
  readonly program: string
  readonly sources: readonly Source[]
}

export interface Source {
  /** As it is named to a person: "PATH", "Debian package redis-server". */
  readonly name: string
  readonly find: (search: Search) => Promise<Found>
}

export interface Search {
  readonly say: (line: string) => void
  readonly interrupted: AbortSignal
}

export type Found = { readonly _tag: "Found"; readonly path: string } | { readonly _tag: "Missing"; readonly why: string }

export const found = (path: string): Found => ({ _tag: "Found", path })
export const missing = (why: string): Found => ({ _tag: "Missing", why })

/** An engine that cannot be had here. `message` is for a person. */
export class EngineUnavailable extends Data.TaggedError("EngineUnavailable")<{ readonly message: string }> {}
