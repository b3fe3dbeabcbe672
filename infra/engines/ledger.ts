import type { EngineName } from "./engine.ts"
import { type EngineRecord, type EnginesState, readState, type StartedProcess, writeState } from "./state-file.ts"

/** The state file while one process has the folder to itself: each change is on the disk before anybody waits for what it says. */
export interface Ledger {
  readonly folder: string
  readonly mark: string
  readonly read: (name: EngineName) => EngineRecord
  readonly write: (record: EngineRecord) => void
  readonly started: (name: EngineName, process: StartedProcess) => void
  readonly portsGiven: () => ReadonlySet<number>
  /** What was started since the ledger was opened, in that order. */
  readonly startedSinceOpen: () => readonly StartedProcess[]
}

export const openLedger = (folder: string): Ledger => {
  let state: EnginesState = readState(folder)
  const startedNow: StartedProcess[] = []
  const read = (name: EngineName): EngineRecord =>
    state.engines.find((record) => record.name === name) ?? { name, running: null, ports: {}, processes: [] }
  const write = (record: EngineRecord): void => {
    state = { ...state, engines: [...state.engines.filter(({ name }) => name !== record.name), record] }
    writeState(folder, state)
  }
  // The mark must outlive us before the first process carries it.
  writeState(folder, state)
  return {
    folder,
    mark: state.mark,
    read,
    write,
    started: (name, process) => {
      startedNow.push(process)
      const record = read(name)
      write({ ...record, processes: [...record.processes.filter(({ role }) => role !== process.role), process] })
    },
    portsGiven: () => new Set(state.engines.flatMap(({ ports }) => Object.values(ports))),
    startedSinceOpen: () => startedNow,
  }
}
