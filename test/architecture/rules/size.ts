import { at, perFile, type Rule } from "../rule.ts"
import { type SourceFile, walk } from "../source-tree.ts"

const WALL_LINES = 250
const MEDIAN_LINES = 80
const FUNCTION_LINES = 70
const LONG_FILE_LINES = 200
const SHORT_FILES_PERCENT = 90

const file = (lines: number): string => "export {}\n".repeat(lines)

export const wall: Rule = {
  rule: `no file is longer than ${WALL_LINES} lines`,
  offences: perFile(({ path, lines }) => (lines > WALL_LINES ? [`${path} has ${lines} lines`] : [])),
  offenders: [{ "commands/x.ts": file(WALL_LINES + 1) }],
  allowed: { "commands/x.ts": file(WALL_LINES) },
}

export const median: Rule = {
  rule: `half of all files are shorter than ${MEDIAN_LINES} lines, and ${SHORT_FILES_PERCENT} % shorter than ${LONG_FILE_LINES}`,
  offences: (tree) => {
    const sizes = tree.map(({ lines }) => lines).toSorted((a, b) => a - b)
    const middle = sizes[Math.floor(sizes.length / 2)] ?? 0
    const high = sizes[Math.floor((sizes.length * SHORT_FILES_PERCENT) / 100)] ?? 0
    const long = middle < MEDIAN_LINES ? [] : [`the median is ${middle} lines`]
    return high < LONG_FILE_LINES ? long : [...long, `${100 - SHORT_FILES_PERCENT} % of the files have ${high} lines or more`]
  },
  offenders: [
    { "commands/a.ts": file(10), "commands/b.ts": file(MEDIAN_LINES), "commands/c.ts": file(MEDIAN_LINES) },
    { "commands/a.ts": file(10), "commands/b.ts": file(10), "commands/c.ts": file(LONG_FILE_LINES) },
  ],
  allowed: { "commands/a.ts": file(MEDIAN_LINES - 1), "commands/b.ts": file(10), "commands/c.ts": file(MEDIAN_LINES) },
}

interface Spanned {
  readonly start: number
  readonly end: number
}

/** In tests a function that holds `it`s is a chapter, not a function. */
const isChapter = (source: SourceFile, { start, end }: Spanned): boolean =>
  source.path.startsWith("test/") && /^\s*(it|test|describe)\b[^\n]*\(/m.test(source.text.slice(start, end))

const longFunctions = (source: SourceFile): readonly string[] => {
  const found: string[] = []
  const measure = (fn: Spanned): void => {
    const first = source.lineOf(fn.start)
    const lines = source.lineOf(fn.end) - first + 1
    if (lines > FUNCTION_LINES && !isChapter(source, fn)) found.push(at(source, first, `a function of ${lines} lines`))
  }
  walk(source.program, { FunctionDeclaration: measure, FunctionExpression: measure, ArrowFunctionExpression: measure })
  return found
}

const body = (lines: number): string => "  f()\n".repeat(lines - 2)

export const shortFunctions: Rule = {
  rule: `no function is longer than ${FUNCTION_LINES} lines`,
  offences: perFile(longFunctions),
  offenders: [
    { "commands/x.ts": `export const a = () => {\n${body(FUNCTION_LINES + 1)}}` },
    { "commands/x.ts": `export function a() {\n${body(FUNCTION_LINES + 1)}}` },
    { "commands/x.ts": `export class A { a() {\n${body(FUNCTION_LINES + 1)}} }` },
    { "test/x.test.ts": `it("rule", () => {\n${body(FUNCTION_LINES + 1)}})` },
  ],
  allowed: {
    "commands/x.ts": `export const a = () => {\n${body(FUNCTION_LINES)}}`,
    "test/x.test.ts": `describe("chapter", () => {\n  it("rule", () => {})\n${body(FUNCTION_LINES)}})`,
  },
}
