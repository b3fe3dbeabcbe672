import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { afterEach, beforeEach, expect, it } from "vitest"
import { changedGoldenFiles } from "./git-history.ts"

let folder = ""
const GOLDEN = "test/golden/job"

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/golden-`)
  mkdirSync(`${folder}/${GOLDEN}`, { recursive: true })
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(`${folder}/${GOLDEN}/${name}`, text)

const hasGit = (() => {
  try {
    return execFileSync("git", ["--version"]).length > 0
  } catch {
    return false
  }
})()

const git = (...args: readonly string[]): void => {
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
  execFileSync("git", ["-C", folder, ...who, ...args], { stdio: "ignore" })
}

const commitAll = (): void => {
  git("add", ".")
  git("commit", "-m", "change")
}

it("golden files of this repository were only ever added", () => {
  const changed = changedGoldenFiles(`${import.meta.dirname}/../..`)
  if (changed === null) console.log("no git history here: golden files were not compared with their first version")
  expect(changed ?? []).toEqual([])
})

it("without a repository there is nothing to compare, and that is no failure", () => {
  expect(changedGoldenFiles(folder)).toBeNull()
})

it.runIf(hasGit)("a golden file that was changed or deleted later is reported", () => {
  git("init", "-q")
  write("Kept.json", "1")
  write("Edited.json", "1")
  write("Gone.json", "1")
  commitAll()
  write("Added.json", "1")
  commitAll()
  expect(changedGoldenFiles(folder)).toEqual([])
  write("Edited.json", "2")
  rmSync(`${folder}/${GOLDEN}/Gone.json`)
  commitAll()
  expect(changedGoldenFiles(folder)).toEqual([`${GOLDEN}/Edited.json`, `${GOLDEN}/Gone.json`])
})

it.runIf(hasGit)("a golden file that is being changed now is reported before it is committed", () => {
  git("init", "-q")
  write("Edited.json", "1")
  commitAll()
  write("Edited.json", "2")
  expect(changedGoldenFiles(folder)).toEqual([`${GOLDEN}/Edited.json`])
})
