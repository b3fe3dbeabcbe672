import { randomUUID } from "node:crypto"
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Result, Schema } from "effect"
import { ENGINE_NAMES, EngineUnavailable } from "./engine.ts"

const StartedProcess = Schema.Struct({
  role: Schema.String,
  pid: Schema.Int.check(Schema.isGreaterThan(1)),
  identity: Schema.String,
  stop: Schema.Literals(["SIGTERM", "SIGINT"]),
  startedAt: Schema.Int,
})

const EngineRecord = Schema.Struct({
  name: Schema.Literals(ENGINE_NAMES),
  /** Null until it has taken its first request. */
  running: Schema.NullOr(
    Schema.Struct({
      what: Schema.String,
      version: Schema.String,
      url: Schema.String,
      env: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    }),
  ),
  ports: Schema.Record(Schema.String, Schema.Int),
  processes: Schema.Array(StartedProcess),
})

const EnginesState = Schema.Struct({
  /** In the environment of every process started for this folder, so that one whose pid was never written down is found too. */
  mark: Schema.String.check(Schema.isUUID()),
  engines: Schema.Array(EngineRecord),
})

export type StartedProcess = typeof StartedProcess.Type
export type EngineRecord = typeof EngineRecord.Type
export type EnginesState = typeof EnginesState.Type

const StateJson = Schema.fromJsonString(EnginesState)

const stateFile = (folder: string): string => join(folder, "engines.json")

/** What was started for this folder, whether it still runs or not; nothing where there is no file. */
export const readState = (folder: string): EnginesState => {
  const text = readIfThere(stateFile(folder))
  if (text === null) return { mark: randomUUID(), engines: [] }
  const state = Schema.decodeUnknownResult(StateJson)(text)
  if (Result.isSuccess(state)) return state.success
  throw new EngineUnavailable({
    message: `${stateFile(folder)} cannot be read, so nothing is known of what runs there: stop those processes yourself, then delete it`,
  })
}

/** At once and whole: a kill in the middle leaves the old file. It holds passwords of test servers. */
export const writeState = (folder: string, state: EnginesState): void => {
  const next = `${stateFile(folder)}.new`
  writeFileSync(next, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(next, stateFile(folder))
}

const readIfThere = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8")
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null
    throw cause
  }
}
