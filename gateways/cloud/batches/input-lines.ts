import type { FilePlace } from "#commands/file/upload-file.ts"
import { partsOf } from "../files/file-content.ts"
import type { Run } from "./batch-deps.ts"

const NEWLINE = 0x0a

export interface InputLine {
  /** From 0; empty lines do not count. */
  readonly number: number
  /** Null: longer than a request may be, or not UTF-8. */
  readonly text: string | null
  /** Where it is in the file, from 1, empty lines included. */
  readonly at: number
}

/** Its parts are in the store. */
export type InputFile = FilePlace & { readonly parts: number }

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The lines of a file in order, part by part: no more of it than a part and a line are in memory. */
export async function* inputLines(run: Run, file: InputFile, maxLineBytes: number): AsyncGenerator<InputLine, void> {
  const counted = { number: 0, at: 0 }
  let rest: Buffer[] = []
  let restBytes = 0
  const whole = (end: Buffer): InputLine | null => {
    const bytes = Buffer.concat([...rest, end])
    const isLong = restBytes + end.length > maxLineBytes
    rest = []
    restBytes = 0
    counted.at += 1
    const text = isLong ? null : decoded(bytes)
    if (text?.trim() === "") return null
    counted.number += 1
    return { number: counted.number - 1, text, at: counted.at }
  }
  for await (const part of partsOf({ run }, file)) {
    let from = 0
    for (let end = part.indexOf(NEWLINE); end !== -1; end = part.indexOf(NEWLINE, from)) {
      const line = whole(part.subarray(from, end))
      if (line !== null) yield line
      from = end + 1
    }
    // Of a line that is too long, what it is too long by is not kept.
    if (restBytes <= maxLineBytes) rest.push(part.subarray(from))
    restBytes += part.length - from
  }
  const last = restBytes > 0 ? whole(Buffer.alloc(0)) : null
  if (last !== null) yield last
}

const decoded = (bytes: Buffer): string | null => {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
