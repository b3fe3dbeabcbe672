import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { isPostmaster } from "./process-identity.ts"

export type ServerState =
  | { readonly _tag: "Stopped" }
  | { readonly _tag: "Changing"; readonly pid: number }
  | { readonly _tag: "Ready"; readonly pid: number; readonly port: number }

const PID_LINE = 0
const PORT_LINE = 3
const STATUS_LINE = 7

/** What postmaster.pid says about the folder's server; a file left by a dead one counts as stopped. */
export const serverState = async (folder: string): Promise<ServerState> => {
  const text = await readFile(join(folder, "postmaster.pid"), "utf8").catch(() => null)
  if (text === null) return { _tag: "Stopped" }
  const lines = text.split("\n")
  const pid = Number(lines[PID_LINE])
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostmaster(pid))) return { _tag: "Stopped" }
  const port = Number(lines[PORT_LINE])
  return lines[STATUS_LINE]?.trim() === "ready" && port > 0 ? { _tag: "Ready", pid, port } : { _tag: "Changing", pid }
}

/** The port of the last start, so that the address stays the same over restarts. */
export const lastPort = async (folder: string): Promise<number | null> => {
  const options = await readFile(join(folder, "postmaster.opts"), "utf8").catch(() => "")
  const port = Number(/"port=(\d+)"/.exec(options)?.[1] ?? 0)
  return port > 0 ? port : null
}
