import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Network } from "./network.ts"
import type { Exchange } from "./recorder.ts"

/** Curl's exit code when its own time limit is over. */
const TIMED_OUT = 28
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

export interface Curl {
  /** Asks and keeps the answer in the recorder. `-N`: every byte as it comes. */
  readonly curl: (path: string, ...args: readonly string[]) => Promise<Exchange>
  readonly post: (path: string, body: string, ...args: readonly string[]) => Promise<Exchange>
}

/** The curl of this machine, as a person would use it in a terminal. */
export const systemCurl = (network: Network): Curl => {
  const curl: Curl["curl"] = async (path, ...args) => {
    const { output, code } = await run("-sS", "-i", "-N", ...args, `${network.baseURL}${path}`)
    const exchange = readOutput(output, { path, args, complete: code === 0 })
    network.recorder.add(exchange)
    return exchange
  }
  const key = () => ["-H", `Authorization: Bearer ${network.apiKey}`, "-H", "Content-Type: application/json"]
  return { curl, post: (path, body, ...args) => curl(path, ...key(), "-d", body, ...args) }
}

const run = async (...args: readonly string[]): Promise<{ readonly output: string; readonly code: number }> => {
  try {
    const { stdout } = await promisify(execFile)("curl", args, { maxBuffer: MAX_OUTPUT_BYTES })
    return { output: stdout, code: 0 }
  } catch (failure) {
    const { stdout, code } = failure as { stdout: string; code: number }
    if (code !== TIMED_OUT) throw failure
    return { output: stdout, code }
  }
}

interface Asked {
  readonly path: string
  readonly args: readonly string[]
  readonly complete: boolean
}

const readOutput = (output: string, { path, args, complete }: Asked): Exchange => {
  const end = output.indexOf("\r\n\r\n")
  const [statusLine = "", ...fields] = output.slice(0, end).split("\r\n")
  const data = args.lastIndexOf("-d")
  const named = args.indexOf("-X")
  return {
    method: named >= 0 ? args[named + 1] ?? "" : data >= 0 ? "POST" : "GET",
    path: `/v1${path}`,
    requestHeaders: new Headers(),
    requestBody: data >= 0 ? args[data + 1] ?? "" : "",
    status: Number(statusLine.split(" ")[1]),
    headers: new Headers(fields.map((field): [string, string] => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 1).trim()])),
    text: output.slice(end + "\r\n\r\n".length),
    complete,
  }
}
