import { readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { parseSync, type Program, Visitor, type VisitorObject } from "oxc-parser"

export interface Import {
  readonly specifier: string
  /** Path from the repository root for files of ours, the bare specifier for packages and built-ins. */
  readonly target: string
  readonly names: readonly string[]
  /** Gone at run time. */
  readonly typeOnly: boolean
  readonly line: number
}

export interface SourceFile {
  /** From the repository root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly program: Program
  readonly imports: readonly Import[]
  readonly lineOf: (offset: number) => number
}

export type SourceTree = readonly SourceFile[]

export const TOP_FOLDERS = ["domain", "commands", "projections", "gateways", "node", "infra", "test"]

export const topFolder = (path: string): string => path.slice(0, path.indexOf("/"))

/** What a specifier in `from` means: `#domain/job/index.ts` and `../job/index.ts` are paths, everything else stays as it is. */
const resolve = (from: string, specifier: string): string => {
  if (specifier.startsWith("#")) return specifier.slice(1)
  return specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier
}

export const parseFile = (path: string, text: string): SourceFile => {
  const { program, module, errors } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)]
  const lineOf = (offset: number): number => starts.findLastIndex((start) => start <= offset) + 1
  const found = (specifier: string, at: number, names: readonly string[], typeOnly: boolean): Import => ({
    specifier, target: resolve(path, specifier), names, typeOnly, line: lineOf(at),
  })
  const fromImports = module.staticImports.map(({ moduleRequest, entries, start }) => {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType)
    return found(moduleRequest.value, start, entries.map((entry) => entry.importName.name ?? "*"), typeOnly)
  })
  const fromExports = module.staticExports.flatMap(({ entries, start }) =>
    entries.flatMap(({ moduleRequest, importName, isType }) =>
      moduleRequest === null ? [] : [found(moduleRequest.value, start, [importName.name ?? "*"], isType)],
    ),
  )
  const dynamic = module.dynamicImports.map(({ moduleRequest, start }) =>
    found(text.slice(moduleRequest.start + 1, moduleRequest.end - 1), start, ["*"], false),
  )
  const inTypes: Import[] = []
  walk(program, {
    TSImportType: (node) => void inTypes.push(found(node.source.value, node.start, ["*"], true)),
  })
  const imports = [...fromImports, ...fromExports, ...dynamic, ...inTypes]
  return { path, text, lines: text.trimEnd().split("\n").length, program, imports, lineOf }
}

export const walk = (program: Program, visitor: VisitorObject): void => new Visitor(visitor).visit(program)

export const parseAll = (sources: Readonly<Record<string, string>>): SourceTree =>
  Object.entries(sources).map(([path, text]) => parseFile(path, text))

/** All TypeScript of this repository, installed packages of benchmarks apart. */
export const readTree = (root: string): SourceTree =>
  TOP_FOLDERS.flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.parentPath.includes("node_modules"))
      .map((entry) => posix.relative(root, `${entry.parentPath.replaceAll("\\", "/")}/${entry.name}`))
      .toSorted()
      .map((path) => parseFile(path, readFileSync(`${root}/${path}`, "utf8"))),
  )
