import { at, perFile, type Rule } from "../rule.ts"
import { walk } from "../source-tree.ts"

const EMPTY_NAMES = /(^|[/.-])(utils?|utilities|helpers?|common|managers?|misc|shared)(?=[/.-])/

export const tellingNames: Rule = {
  rule: "no file is called utils, helpers, common or manager",
  offences: perFile(({ path }) => (EMPTY_NAMES.test(path) ? [path] : [])),
  offenders: [
    { "domain/utils.ts": "" },
    { "commands/job-helpers.ts": "" },
    { "gateways/common/x.ts": "" },
    { "infra/session-manager.ts": "" },
  ],
  allowed: { "gateways/commons-licence.ts": "" },
}

export const kebabCase: Rule = {
  rule: "file names are kebab-case",
  offences: perFile(({ path }) => (/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.ts$/.test(path) ? [] : [path])),
  offenders: [{ "commands/stream_queue.ts": "" }, { "commands/StreamQueue.ts": "" }, { "commands/Job/x.ts": "" }],
  allowed: { "commands/stream-queue.ts": "", "test/domain/a.properties.test.ts": "" },
}

const isTest = (path: string): boolean => path.endsWith(".test.ts")

export const runAllTests: Rule = {
  rule: "no test is skipped, singled out or left for later",
  offences: perFile((file) => {
    const found: string[] = []
    walk(file.program, {
      MemberExpression: ({ object, property, start }) => {
        if (property.type !== "Identifier" || !/^(skip|only|todo|fails)$/.test(property.name)) return
        const owner = file.text.slice(object.start, object.end)
        if (/^(it|test|describe|suite|bench)\b/.test(owner)) found.push(at(file, file.lineOf(start), `${owner}.${property.name}`))
      },
    })
    return found
  }),
  offenders: [
    { "test/x.test.ts": `it.skip("a", () => {})` },
    { "test/x.test.ts": `describe.only("a", () => {})` },
    { "test/x.test.ts": `test.todo("a")` },
    { "test/x.test.ts": `it.concurrent.only("a", () => {})` },
    { "test/support/x.ts": `export const run = test.skip` },
  ],
  allowed: { "test/x.test.ts": `it("a", () => {})\nconst page = { skip: 1, only: 2 }\npage.skip` },
}

export const noSleep: Rule = {
  rule: "no test sleeps: it awaits a condition",
  offences: perFile((file) => {
    const found: string[] = []
    if (!isTest(file.path)) return found
    walk(file.program, {
      CallExpression: ({ callee, start }) => {
        const name = file.text.slice(callee.start, callee.end)
        if (/^(setTimeout|sleep|delay|Effect\.sleep|Effect\.delay)$/.test(name)) found.push(at(file, file.lineOf(start), name))
      },
      ImportDeclaration: ({ source, start }) => {
        if (/^(node:)?timers\/promises$/.test(source.value)) found.push(at(file, file.lineOf(start), source.value))
      },
    })
    return found
  }),
  offenders: [
    { "test/x.test.ts": `await new Promise((done) => setTimeout(done, 10))` },
    { "test/x.test.ts": `import { setTimeout as wait } from "node:timers/promises"` },
    { "test/x.test.ts": `yield* Effect.sleep(10)`.replace("yield* ", "") },
  ],
  allowed: { "test/x.test.ts": `await until(() => ready)`, "test/support/until.ts": `setTimeout(() => {}, 1)` },
}
