import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"

const ROOT = `${import.meta.dirname}/../..`
const OXLINT = `${ROOT}/node_modules/oxlint/bin/oxlint`

const IMPORTS = "eslint(no-restricted-imports)"

/** One planted file per restriction: path, source, and the rule that must report it. */
const offenders = [
  ["domain/job/a.ts", `import { createHash } from "node:crypto"\ncreateHash("a")`, IMPORTS],
  ["domain/job/b.ts", `import { handle } from "#commands/handle.ts"\nhandle()`, IMPORTS],
  ["domain/job/c.ts", `import { Pool } from "pg"\nnew Pool()`, IMPORTS],
  ["commands/job/deep/a.ts", `import { pool } from "#infra/postgres/deep/pool.ts"\npool()`, IMPORTS],
  ["commands/job/b.ts", `import { readFile } from "node:fs"\nreadFile("a")`, IMPORTS],
  ["projections/a.ts", `import { handle } from "#commands/handle.ts"\nhandle()`, IMPORTS],
  ["projections/b.ts", `import { Pool } from "pg"\nnew Pool()`, IMPORTS],
  ["gateways/cloud/a.ts", `import { table } from "#projections/balances/table.ts"\ntable()`, IMPORTS],
  ["gateways/cloud/b.ts", `import { pool } from "#infra/postgres/pool.ts"\npool()`, IMPORTS],
  ["gateways/cloud/c.ts", `import { sql } from "kysely"\nsql()`, IMPORTS],
  ["node/a.ts", `import { handle } from "#commands/handle.ts"\nhandle()`, IMPORTS],
  ["node/b.ts", `import { readFile } from "node:fs"\nreadFile("a")`, IMPORTS],
  ["infra/a.ts", `import { scenario } from "#test/support/scenario.ts"\nscenario()`, IMPORTS],
  ["commands/x/console.ts", `console.log("x")`, "eslint(no-console)"],
  ["commands/x/any.ts", "export const a: any = 1", "typescript(no-explicit-any)"],
  ["commands/x/floating.ts", "const later = async (): Promise<number> => 1\nexport const a = (): void => { later() }", "typescript(no-floating-promises)"],
  ["commands/x/switch.ts", `export const a = (x: "b" | "c"): number => { switch (x) { case "b": return 1 } return 2 }`, "typescript(switch-exhaustiveness-check)"],
  ["commands/x/default.ts", "export default 1", "import(no-default-export)"],
] as const

const allowed = [
  ["domain/ok.ts", `import { Schema } from "effect"\nimport { job } from "../job/index.ts"\nSchema(job)`],
  ["commands/ok.ts", `import { createHash } from "node:crypto"\nimport { job } from "#domain/job/index.ts"\ncreateHash(job)`],
  ["gateways/ok.ts", `import { balances } from "#projections/balances/query.ts"\nimport { handle } from "#commands/handle.ts"\nhandle(balances)`],
  ["infra/main/ok.ts", `import { Pool } from "pg"\nconsole.log(new Pool())`],
] as const

interface Diagnostic {
  readonly code: string
  readonly filename: string
}

let folder = ""

beforeAll(() => {
  folder = mkdtempSync(`${tmpdir()}/lint-`)
  for (const file of [".oxlintrc.json", "tsconfig.json"]) cpSync(`${ROOT}/${file}`, `${folder}/${file}`)
  symlinkSync(`${ROOT}/node_modules`, `${folder}/node_modules`, "junction")
  for (const [path, source] of [...offenders, ...allowed]) {
    mkdirSync(dirname(`${folder}/${path}`), { recursive: true })
    writeFileSync(`${folder}/${path}`, `${source}\n`)
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lint = (): readonly Diagnostic[] => {
  try {
    execFileSync(process.execPath, [OXLINT, "--type-aware", "-f", "json"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
    return []
  } catch (failure) {
    if (!(failure instanceof Error) || !("stdout" in failure)) throw failure
    const report: { readonly diagnostics: readonly Diagnostic[] } = JSON.parse(String(failure.stdout))
    return report.diagnostics
  }
}

it("lint reports every planted offender, and nothing that is allowed", { timeout: 60_000 }, () => {
  const found = lint().map(({ code, filename }) => `${filename} ${code}`)
  expect(found.toSorted()).toEqual(offenders.map(([path, , rule]) => `${path} ${rule}`).toSorted())
})
