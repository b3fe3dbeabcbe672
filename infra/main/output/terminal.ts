import { once } from "node:events"
import { styleText } from "node:util"
import type { Writable } from "node:stream"

type Style = Parameters<typeof styleText>[0]

/** Where a command prints: results on `out`, what happens meanwhile on `err`. */
export interface Terminal {
  /** One line of result. Waits while the reader of a pipe is slow. */
  readonly print: (line: string) => Promise<void>
  readonly printAll: (lines: readonly string[]) => Promise<void>
  /** One line beside the result. */
  readonly note: (line: string) => void
  /** Emphasis where a person looks at a terminal; plain text in a pipe, under NO_COLOR and on a dumb terminal. */
  readonly style: (style: Style, text: string) => string
}

export const makeTerminal = (out: Writable, err: Writable): Terminal => {
  const print = async (line: string): Promise<void> => {
    if (!out.write(`${line}\n`)) await once(out, "drain")
  }
  return {
    print,
    printAll: async (lines) => {
      for (const line of lines) await print(line)
    },
    note: (line) => void err.write(`${line}\n`),
    style: (style, text) => styleText(style, text, { stream: out }),
  }
}

/** The process's own streams. A closed pipe (`… | head`) is a reader who has enough, not an error. */
export const processTerminal = (): Terminal => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0)
      throw error
    })
  }
  return makeTerminal(process.stdout, process.stderr)
}
