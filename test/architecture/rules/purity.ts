import { at, perFile, type Rule } from "../rule.ts"
import { type SourceFile, walk } from "../source-tree.ts"

const isPure = (path: string): boolean => path.startsWith("domain/") || /^projections\/.*\/project\.ts$/.test(path)

/** Names that only exist outside a pure function. */
const WORLD = new Set([
  "process", "console", "performance", "crypto", "globalThis", "fetch", "setTimeout", "setInterval", "setImmediate", "queueMicrotask",
])

const impurities = (file: SourceFile): readonly string[] => {
  const found: string[] = []
  const report = (start: number, what: string): void => void found.push(at(file, file.lineOf(start), what))
  const world = (expression: { readonly type: string; readonly start: number }): void => {
    if ("name" in expression && typeof expression.name === "string" && WORLD.has(expression.name)) report(expression.start, expression.name)
  }
  const whenAsync = (fn: { readonly async: boolean; readonly start: number }): void => {
    if (fn.async) report(fn.start, "async function")
  }
  walk(file.program, {
    ArrowFunctionExpression: whenAsync,
    FunctionDeclaration: whenAsync,
    FunctionExpression: whenAsync,
    AwaitExpression: ({ start }) => report(start, "await"),
    CallExpression: ({ callee }) => world(callee),
    NewExpression: ({ callee, start, arguments: given }) => {
      if (callee.type !== "Identifier") return
      if (callee.name === "Date" && given.length === 0) report(start, "new Date()")
      if (callee.name === "Promise") report(start, "new Promise")
    },
    MemberExpression: ({ object, property, start }) => {
      world(object)
      if (object.type !== "Identifier" || property.type !== "Identifier") return
      const name = `${object.name}.${property.name}`
      if (name === "Date.now" || name === "Math.random") report(start, name)
    },
  })
  return found
}

export const pureCode: Rule = {
  rule: "domain/ and every project.ts know no clock, no chance, no process and do not wait",
  offences: perFile((file) => (isPure(file.path) ? impurities(file) : [])),
  offenders: [
    { "domain/job/x.ts": "export const at = Date.now()" },
    { "domain/job/x.ts": "export const at = new Date()" },
    { "domain/job/x.ts": "export const roll = () => Math.random() > 0.5" },
    { "domain/job/x.ts": "export const home = process.env.HOME" },
    { "domain/job/x.ts": `export const say = () => console.log("x")` },
    { "domain/job/x.ts": "export const id = crypto.randomUUID()" },
    { "domain/job/x.ts": "export const later = async () => 1" },
    { "domain/job/x.ts": "export async function later() { return 1 }" },
    { "domain/job/x.ts": "export class A { async later() { return 1 } }" },
    { "domain/job/x.ts": "export const wait = () => setTimeout(() => {}, 1)" },
    { "domain/job/x.ts": "export const wait = () => new Promise(() => {})" },
    { "projections/jobs/project.ts": "export const at = globalThis.Date" },
  ],
  allowed: {
    "domain/job/x.ts": "export const day = (at: number) => new Date(at).toISOString()\nexport const a = { process: 1, now: (x: { process: 1 }) => x.process }",
    "infra/x.ts": "export const at = Date.now()",
    "projections/jobs/query.ts": "export const all = async () => 1",
  },
}

/** Globals that open a connection; the libraries that do are none of the gateways'. */
const CALLERS = new Set(["fetch", "WebSocket", "EventSource"])

export const noFetch: Rule = {
  rule: "gateways call nobody: a URL that a client names is never opened",
  offences: perFile((file) => {
    const found: string[] = []
    if (!file.path.startsWith("gateways/")) return found
    const report = ({ callee, start }: { readonly callee: { readonly start: number; readonly end: number }; readonly start: number }): void => {
      const name = file.text.slice(callee.start, callee.end).replace(/^globalThis\??\./, "")
      if (CALLERS.has(name)) found.push(at(file, file.lineOf(start), name))
    }
    walk(file.program, { CallExpression: report, NewExpression: report })
    return found
  }),
  offenders: [
    { "gateways/cloud/x.ts": "export const load = (url: string) => fetch(url)" },
    { "gateways/cloud/x.ts": "export const load = (url: string) => globalThis.fetch(url)" },
    { "gateways/io/x.ts": "export const open = (url: string) => new WebSocket(url)" },
  ],
  allowed: { "gateways/cloud/x.ts": "export const parse = (url: string) => URL.parse(url)", "infra/x.ts": "export const load = (url: string) => fetch(url)" },
}

const NO_EFFECT_IN = /^projections\/.*\/(project|query)\.ts$/
const RUNTIME_OF_EFFECT = /^(Effect|Layer|Context|Stream|Fiber|Queue|PubSub|Ref|Schedule|Scope|ManagedRuntime|Runtime|Clock|Random)$/

export const plainProjections: Rule = {
  rule: "project.ts and query.ts are plain functions, without Effect",
  offences: perFile((file) =>
    NO_EFFECT_IN.test(file.path)
      ? file.imports.flatMap(({ target, names, line }) =>
          target === "effect" ? names.filter((name) => RUNTIME_OF_EFFECT.test(name)).map((name) => at(file, line, name)) : [],
        )
      : [],
  ),
  offenders: [
    { "projections/jobs/project.ts": `import { Effect } from "effect"` },
    { "projections/jobs/query.ts": `import { Layer, Schema } from "effect"` },
  ],
  allowed: { "projections/jobs/query.ts": `import { Schema } from "effect"`, "projections/runner.ts": `import { Effect } from "effect"` },
}

/** `handle` keeps its rounds in a file of its own. */
const APPENDERS = ["commands/handle.ts", "commands/stream-queue.ts"]

export const oneWriter: Rule = {
  rule: "only handle appends to the event store",
  offences: perFile((file) => {
    const free = APPENDERS.includes(file.path) || /^(infra|test)\//.test(file.path) || file.path === "commands/ports/event-store.ts"
    if (free) return []
    const store = file.imports
      .filter(({ target, names }) => target.endsWith("ports/event-store.ts") && names.some((name) => /^EventStore(Shape)?$|^\*$/.test(name)))
      .map(({ line }) => at(file, line, "takes the event store"))
    const calls: string[] = []
    walk(file.program, {
      CallExpression: ({ callee, start }) => {
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier" || callee.property.name !== "append") return
        const owner = file.text.slice(callee.object.start, callee.object.end)
        if (/store|log/i.test(owner)) calls.push(at(file, file.lineOf(start), `${owner}.append`))
      },
    })
    return [...store, ...calls]
  }),
  offenders: [
    { "commands/job/x.ts": `import { EventStore } from "../ports/event-store.ts"` },
    { "gateways/cloud/x.ts": `import type { EventStoreShape } from "#commands/ports/event-store.ts"` },
    { "projections/x.ts": "export const write = (eventStore: { append: (x: number) => void }) => eventStore.append(1)" },
  ],
  allowed: {
    "commands/handle.ts": `import { EventStore } from "./ports/event-store.ts"`,
    "commands/job/x.ts": `import { EventStoreUnavailable } from "../ports/event-store.ts"\nnew FormData().append("a", "b")`,
    "infra/postgres/x.ts": `import { EventStore } from "#commands/ports/event-store.ts"`,
  },
}

export const pastTense: Rule = {
  rule: "an event says what happened: no …Updated, …Changed or …Set",
  offences: perFile((file) => {
    const found: string[] = []
    if (!/^domain\/[^/]+\/events\.ts$/.test(file.path)) return found
    walk(file.program, {
      Property: ({ key, start }) => {
        const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : ""
        if (/^[A-Z].*(Updated|Changed|Set)(\.v\d+)?$/.test(name)) found.push(at(file, file.lineOf(start), name))
      },
    })
    return found
  }),
  offenders: [
    { "domain/job/events.ts": "export const schemas = { JobUpdated: 1 }" },
    { "domain/job/events.ts": `export const schemas = { "LimitChanged.v2": 1 }` },
  ],
  allowed: { "domain/job/events.ts": "export const schemas = { LimitRaised: { updated: 1 } }" },
}
