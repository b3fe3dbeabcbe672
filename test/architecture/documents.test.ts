import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { TOP_FOLDERS } from "./source-tree.ts"

const ROOT = join(import.meta.dirname, "../..")
const DECISIONS = readdirSync(`${ROOT}/ADRs`).filter((file) => /^\d{4}-.*\.md$/.test(file)).toSorted()
const DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ...["README.md", ...DECISIONS].map((file) => `ADRs/${file}`)]

const FOLDERS = [...TOP_FOLDERS, "ADRs", "models", ".ci"].join("|")
const IN_CODE = new RegExp(`\`((?:${FOLDERS.replace(".", "\\.")})/[^\`\\s*<…]*)\``, "g")
const LINK = /\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g

/** Paths and links in a document that lead nowhere. */
const deadEnds = (document: string, text: string): readonly string[] => {
  const named = [...text.matchAll(IN_CODE)].map((match) => join(ROOT, match[1] ?? ""))
  const linked = [...text.matchAll(LINK)].map((match) => join(ROOT, dirname(document), match[1] ?? ""))
  return [...named, ...linked].filter((path) => !existsSync(path)).map((path) => `${document}: ${path.slice(ROOT.length + 1)}`)
}

it.each(DOCUMENTS)("every path and link in %s exists", (document) => {
  expect(deadEnds(document, readFileSync(`${ROOT}/${document}`, "utf8"))).toEqual([])
})

it("a dead end is reported", () => {
  expect(deadEnds("ADRs/x.md", "see `domain/job/nowhere.ts`, [here](nowhere.md) and [there](../domain/job/index.ts)")).toEqual([
    "ADRs/x.md: domain/job/nowhere.ts",
    "ADRs/x.md: ADRs/nowhere.md",
  ])
})

describe("decisions", () => {
  const SECTIONS = ["Context", "Options", "Decision", "Consequences", "How we would notice it was wrong"]
  const read = (file: string): string => readFileSync(`${ROOT}/ADRs/${file}`, "utf8")

  it("are numbered without gaps, the template being 0000", () => {
    expect(DECISIONS.map((file) => Number(file.slice(0, 4)))).toEqual(DECISIONS.map((_, index) => index))
  })

  it("are all in the index", () => {
    const index = read("README.md")
    expect(DECISIONS.filter((file) => !index.includes(`(${file})`))).toEqual([])
  })

  it.each(DECISIONS)("%s has all its sections, and fits on a page", (file) => {
    const text = read(file)
    expect(text.match(/^## .*$/gm)).toEqual(SECTIONS.map((section) => `## ${section}`))
    expect(text.split("\n").length).toBeLessThanOrEqual(60)
  })

  it.each(DECISIONS.slice(1))("%s says which options were rejected", (file) => {
    expect(read(file)).toMatch(/[Rr]ejected/)
  })
})

it("the licence is Apache-2.0, whole", () => {
  const text = readFileSync(`${ROOT}/LICENSE`, "utf8")
  expect(text).toContain("Apache License")
  expect(text).toContain("9. Accepting Warranty or Additional Liability")
  expect(text).toContain("END OF TERMS AND CONDITIONS")
})
