import { describe, expect, it } from "vitest"
import * as imports from "./rules/imports.ts"
import * as names from "./rules/names.ts"
import * as purity from "./rules/purity.ts"
import * as shape from "./rules/shape.ts"
import * as size from "./rules/size.ts"
import type { Rule } from "./rule.ts"
import { parseAll, readTree } from "./source-tree.ts"

const rules: readonly Rule[] = [imports, purity, shape, size, names].flatMap((group) => Object.values(group))
const tree = readTree(`${import.meta.dirname}/../..`)

it("looks at the whole tree: every top folder has files", () => {
  const folders = ["domain", "commands", "projections", "gateways", "node", "infra", "test"]
  for (const folder of folders) expect(tree.some(({ path }) => path.startsWith(`${folder}/`)), folder).toBe(true)
})

describe.each(rules)("$rule", ({ offences, offenders, allowed }) => {
  it("holds in this repository", () => {
    expect(offences(tree)).toEqual([])
  })

  it("is proven by offenders, each of which is reported", () => {
    expect(offenders.length).toBeGreaterThan(0)
    const unreported = offenders.filter((sources) => offences(parseAll(sources)).length === 0)
    expect(unreported).toEqual([])
  })

  it("does not report what is allowed", () => {
    expect(offences(parseAll(allowed))).toEqual([])
  })
})
