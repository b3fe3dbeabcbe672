import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export interface Child {
  readonly process: ChildProcess
  readonly lines: readonly string[]
  /** Completes when the child has printed `count` lines; fails when it ends before. */
  readonly untilLines: (count: number) => Promise<void>
  readonly ended: Promise<unknown>
}

/** A script of test/support in a process of its own. What it prints comes line by line; its stdin stays open until `stdin.end()`. */
export const startChild = (script: string, words: readonly string[]): Child => {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path, ...words], { stdio: ["pipe", "pipe", "inherit"] })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on("line", (line) => lines.push(line))
  const ended = once(child, "close")
  const untilLines = (count: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (lines.length >= count) resolve()
      }
      reader.on("line", check)
      ended.then(() => (lines.length >= count ? resolve() : reject(new Error(`the child ended after ${lines.length} lines`))), reject)
      check()
    })
  return { process: child, lines, untilLines, ended }
}
