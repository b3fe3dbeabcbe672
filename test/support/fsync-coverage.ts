import type { Syscall } from "./fsync-trace.ts"

export interface LogOnDisk {
  readonly isLog: (path: string) => boolean
  /** The call by which this append's acknowledgement left the server. */
  readonly acknowledgement: (calls: readonly Syscall[], append: Append) => Syscall | undefined
}

export interface Append {
  /** Part of what it wrote, and of nothing else. */
  readonly marker: string
  /** Its place in the log, as the client was told. */
  readonly sequence: number
}

const WRITES = new Set(["write", "writev", "pwrite64", "pwritev"])
const SYNCS = new Set(["fsync", "fdatasync"])
const SENDS = new Set(["write", "writev", "sendto", "sendmsg"])
const RECEIVES = new Set(["read", "recvfrom"])

/**
 * What is wrong with each append whose acknowledgement does not lie after a sync of the log's file, that itself lies after the write of
 * the append: a line each. A call lies after another when it began after the other had ended.
 */
export const unsynced = (calls: readonly Syscall[], appends: readonly Append[], { isLog, acknowledgement }: LogOnDisk): readonly string[] => {
  const good = calls.filter(({ failed }) => !failed)
  const writes = good.filter(({ name, path }) => WRITES.has(name) && isLog(path))
  const syncs = good.filter(({ name, path }) => SYNCS.has(name) && isLog(path))
  return appends.flatMap((append) => {
    const { marker } = append
    const acked = acknowledgement(good, append)
    if (acked === undefined) return [`${marker}: the trace has no acknowledgement`]
    const written = writes.findLast(({ text, startedAt }) => startedAt < acked.startedAt && text.includes(marker))
    if (written === undefined) return [`${marker}: acknowledged before it was written`]
    const covered = syncs.some((sync) => sync.path === written.path && sync.startedAt > written.endedAt && sync.endedAt < acked.startedAt)
    return covered ? [] : [`${marker}: acknowledged before it was synced`]
  })
}

/** JetStream's blocks of messages; acknowledgements of any number of messages may leave in one call. */
export const natsLog: LogOnDisk = {
  isLog: (path) => /\/msgs\/\d+\.blk$/.test(path),
  acknowledgement: (calls, { sequence }) =>
    calls.find(({ name, path, text }) => SENDS.has(name) && path.startsWith("socket:") && sequencesIn(text).some((sent) => sent >= sequence)),
}

const sequencesIn = (text: string): readonly number[] => [...text.matchAll(/\\"seq\\":(\d+)/g)].map(([, digits]) => Number(digits))

/** Postgres' write-ahead log; a backend's next answer after it got the statement. */
export const postgresLog: LogOnDisk = {
  isLog: (path) => /\/pg_wal\/[0-9A-F]{24}$/.test(path),
  acknowledgement: (calls, { marker }) => {
    const asked = calls.find(({ name, path, text }) => RECEIVES.has(name) && path.startsWith("socket:") && text.includes(marker))
    if (asked === undefined) return undefined
    return calls.find(({ pid, name, path, startedAt }) => pid === asked.pid && SENDS.has(name) && path.startsWith("socket:") && startedAt > asked.endedAt)
  },
}
