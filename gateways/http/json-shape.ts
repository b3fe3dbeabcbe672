import type { RouteLimits } from "./routes.ts"

const COMMA = 0x2c
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * What the JSON text has too much of, or null; stops reading where it is. Values are counted as commas and brackets: a few bytes of text
 * may become a hundred in memory.
 */
export const jsonExcess = (text: string, { jsonDepth, jsonValues }: Pick<RouteLimits, "jsonDepth" | "jsonValues">): "depth" | "values" | null => {
  let depth = 0
  let values = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit === QUOTE) index = endOfString(text, index)
    else if (unit === COMMA) values += 1
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      depth += 1
      values += 1
      if (depth > jsonDepth) return "depth"
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth -= 1
    if (values > jsonValues) return "values"
  }
  return null
}

/** Index of the quote that closes the string opened at `open`, or the end of the text. */
const endOfString = (text: string, open: number): number => {
  let close = text.indexOf('"', open + 1)
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close === -1 ? text.length : close
}

const isEscaped = (text: string, quote: number): boolean => {
  let before = quote - 1
  while (text.charCodeAt(before) === BACKSLASH) before -= 1
  return (quote - before) % 2 === 0
}
