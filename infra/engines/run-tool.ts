import { execFile } from "node:child_process"
import process from "node:process"
import { promisify } from "node:util"

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
const LAST_LINES = 3

export interface ToolOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly interrupted: AbortSignal
  readonly timeoutMs: number
}

export type ToolResult = { readonly _tag: "Done"; readonly stdout: string } | { readonly _tag: "Failed"; readonly why: string }

/** Runs one program to its end. Why it failed is the end of what it said. */
export const runTool = async (program: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> => {
  const { env, cwd, interrupted, timeoutMs } = options
  const settings = { signal: interrupted, timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, cwd, env: { ...process.env, ...env } }
  try {
    const { stdout } = await promisify(execFile)(program, args, settings)
    return { _tag: "Done", stdout }
  } catch (cause) {
    interrupted.throwIfAborted()
    return { _tag: "Failed", why: lastWords(cause) }
  }
}

const lastWords = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  const said = ["stderr", "stdout"].map((name) => String(Reflect.get(cause, name) ?? "").trim()).find((text) => text !== "")
  const late = Reflect.get(cause, "killed") === true ? "took too long: " : ""
  return `${late}${(said ?? cause.message).split("\n").slice(-LAST_LINES).join(" | ")}`
}
