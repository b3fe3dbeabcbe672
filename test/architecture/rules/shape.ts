import { at, perFile, type Rule } from "../rule.ts"
import { type SourceFile, walk } from "../source-tree.ts"

/** Files where `any` stands for "whatever the type parameter is", which TypeScript has no other word for. */
const ANY_ALLOWED = [
  "domain/kernel/event-codec.ts", // a record of schemas of different types
  "commands/stream-cache.ts", // a map of queues of different deciders
]

interface Construct {
  readonly rule: string
  readonly offenders: readonly string[]
  readonly allowed: string
  readonly find: (file: SourceFile, report: (start: number, what: string) => void) => void
}

const construct = ({ rule, offenders, allowed, find }: Construct): Rule => ({
  rule,
  offences: perFile((file) => {
    const found: string[] = []
    find(file, (start, what) => void found.push(at(file, file.lineOf(start), what)))
    return found
  }),
  offenders: offenders.map((source) => ({ "commands/x.ts": source })),
  allowed: { "commands/x.ts": allowed },
})

export const noAny = construct({
  rule: "no any",
  offenders: ["export const x: any = 1", "export const f = (a: readonly any[]) => a", "export const x = 1 as any"],
  allowed: "export const any: unknown = 1 // any",
  find: (file, report) => {
    if (ANY_ALLOWED.includes(file.path)) return
    walk(file.program, { TSAnyKeyword: ({ start }) => report(start, "any") })
  },
})

export const erasable = construct({
  rule: "no enum, namespace, decorator or parameter property: types can be erased",
  offenders: [
    "export enum A { B }",
    "export const enum A { B }",
    "export namespace A { export const b = 1 }",
    "declare global { interface Window { a: 1 } }",
    "@sealed export class A {}",
    "export class A { constructor(private readonly b: number) {} }",
  ],
  allowed: "export class A { readonly b: number; constructor(b: number) { this.b = b } }",
  find: (file, report) =>
    walk(file.program, {
      TSEnumDeclaration: ({ start }) => report(start, "enum"),
      TSModuleDeclaration: ({ start }) => report(start, "namespace"),
      TSParameterProperty: ({ start }) => report(start, "parameter property"),
      Decorator: ({ start }) => report(start, "decorator"),
    }),
})

export const namedExports = construct({
  rule: "exports are named",
  offenders: ["export default 1", "export default class A {}", "const a = 1\nexport { a as default }"],
  allowed: `export { default as Fastify } from "fastify"\nexport const a = 1`,
  find: (file, report) =>
    walk(file.program, {
      ExportDefaultDeclaration: ({ start }) => report(start, "default export"),
      ExportSpecifier: ({ exported, start }) => {
        if (exported.type === "Identifier" && exported.name === "default") report(start, "default export")
      },
    }),
})

export const noInheritance = construct({
  rule: "no base classes of our own: classes extend only tags, tagged errors and errors",
  offenders: ["class Base {}\nexport class A extends Base {}", "export abstract class A { abstract run(): void }"],
  allowed: `export class A extends Error {}\nexport class B extends Data.TaggedError("B")<{}> {}`,
  find: (file, report) => {
    const declared = new Set<string>()
    walk(file.program, { ClassDeclaration: ({ id }) => void declared.add(id?.name ?? "") })
    walk(file.program, {
      ClassDeclaration: ({ superClass, abstract, start }) => {
        if (abstract === true) report(start, "abstract class")
        if (superClass?.type === "Identifier" && declared.has(superClass.name)) report(start, `extends ${superClass.name}`)
      },
    })
  },
})

/** Put together here, so that this file does not offend against its own rules. */
const words = (...halves: readonly (readonly [string, string])[]): readonly string[] => halves.map(([a, b]) => a + b)
const LEFTOVERS = words(["TO", "DO"], ["FIX", "ME"], ["HA", "CK"], ["XX", "X"])
const HOMES = words(["wo", "rk"], ["ho", "me"], ["ro", "ot"], ["Us", "ers"])

const textRule = (rule: string, pattern: RegExp, offenders: readonly string[], allowed: string): Rule =>
  construct({
    rule,
    offenders,
    allowed,
    find: (file, report) => {
      const found = pattern.exec(file.text)
      if (found !== null) report(found.index, found[0].trim())
    },
  })

export const nothingLeftOver = textRule(
  "nothing is left to be done later in a comment",
  new RegExp(`\\b(${LEFTOVERS.join("|")})\\b`),
  LEFTOVERS.map((word) => `// ${word}: later`),
  "// A to-do list is kept in the issues.",
)

export const anyMachine = textRule(
  "no file path of one person's machine",
  new RegExp(`["'\`\\s(]/(${HOMES.join("|")})/`),
  HOMES.flatMap((folder) => [`export const x = "/${folder}/x"`, `// see /${folder}/x`]),
  `export const x = "/v1/home/x"`,
)
