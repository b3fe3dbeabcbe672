import { execFile } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024

/** One command line of the product on that environment; throws with what it said when it failed. */
export const runCli = async (env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<string> => {
  const options = { env: { ...process.env, ...env }, maxBuffer: MAX_OUTPUT_BYTES }
  return (await promisify(execFile)(process.execPath, [ENTRY, ...words], options)).stdout
}

export const cliJson = async <Shape>(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Shape> =>
  JSON.parse(await runCli(env, ...words, "--json")) as Shape
