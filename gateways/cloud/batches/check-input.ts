import { MAX_BATCH_LINES, MAX_PROBLEMS } from "#commands/batch/limits.ts"
import type { BatchProblem } from "#commands/batch/run-batch.ts"
import type { InputLine } from "./input-lines.ts"
import { type AskedRoute, readLine } from "./read-line.ts"

export type Checked = { readonly lines: number; readonly model: string } | { readonly problems: readonly BatchProblem[] }

/** Looks at every line before the first one is run. */
export const checkInput = async (route: AskedRoute, lines: AsyncIterable<InputLine>): Promise<Checked> => {
  const problems: BatchProblem[] = []
  const seen = new Set<string>()
  let model: string | null = null
  let count = 0
  for await (const input of lines) {
    count += 1
    if (count > MAX_BATCH_LINES) return { problems: [whole("too_many_lines", `The input file has more than ${MAX_BATCH_LINES} lines.`)] }
    const read = readLine(route, input)
    const problem = "problem" in read ? read.problem : strange(input, read.line, { seen, model })
    if (problem !== null) problems.push(problem)
    if (problems.length >= MAX_PROBLEMS) break
    if ("line" in read) {
      model ??= read.line.model
      seen.add(read.line.customId)
    }
  }
  if (problems.length > 0) return { problems }
  return model === null ? { problems: [whole("empty_file", "The input file has no lines.")] } : { lines: count, model }
}

/** What a line says that does not go with the lines before it. */
const strange = (
  { at }: InputLine,
  line: { readonly customId: string; readonly model: string },
  { seen, model }: { readonly seen: ReadonlySet<string>; readonly model: string | null },
): BatchProblem | null => {
  if (seen.has(line.customId)) return { code: "duplicate_custom_id", line: at, message: "Another line has this 'custom_id'.", param: "custom_id" }
  if (model !== null && line.model !== model) {
    return { code: "mismatched_model", line: at, message: "All lines of a batch are for one model; the first names another one.", param: "body.model" }
  }
  return null
}

const whole = (code: string, message: string): BatchProblem => ({ code, line: null, message, param: null })
