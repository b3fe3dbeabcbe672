import { RECORD_SEPARATOR, type TokenChoice } from "#domain/protocol/answer-text.ts"

/** Tokens that together say whole characters. */
export interface TokenGroup {
  readonly text: string
  readonly choices: readonly TokenChoice[]
}

const SEPARATOR_BYTE = RECORD_SEPARATOR.charCodeAt(0)

/** A text and the tokens that made it, as groups: the bytes of their tokens are exactly the bytes of their text. */
export const tokenGroups = (text: string, choices: readonly TokenChoice[]): readonly TokenGroup[] => {
  const bytes = Buffer.from(text)
  const fitting = fit(choices.map(withoutSeparator), bytes)
  const groups: TokenGroup[] = []
  let [from, to] = [0, 0]
  let open: TokenChoice[] = []
  for (const choice of fitting) {
    open.push(choice)
    to += choice.bytes.length
    const next = bytes[to]
    if (to === from || (next !== undefined && isContinuation(next))) continue
    groups.push({ text: bytes.toString("utf8", from, to), choices: open })
    from = to
    open = []
  }
  return groups
}

/** The first so many characters of a group, and of its tokens as many bytes as these have. */
export const beginningOf = ({ text, choices }: TokenGroup, length: number): TokenGroup => {
  const kept = text.slice(0, length)
  let room = Buffer.byteLength(kept)
  const cut = choices.flatMap((choice) => {
    if (room === 0) return []
    const bytes = choice.bytes.slice(0, room)
    room -= bytes.length
    return [bytes.length === choice.bytes.length ? choice : { ...choice, bytes, token: Buffer.from(bytes).toString("utf8") }]
  })
  return { text: kept, choices: cut }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

const withoutSeparator = (choice: TokenChoice): TokenChoice =>
  choice.bytes.includes(SEPARATOR_BYTE)
    ? { ...choice, token: choice.token.replaceAll(RECORD_SEPARATOR, ""), bytes: choice.bytes.filter((byte) => byte !== SEPARATOR_BYTE) }
    : choice

/** Some tokenizers say a token otherwise at the beginning of a text. What the text is counts: the first tokens give way. */
const fit = (choices: readonly TokenChoice[], text: Buffer): readonly TokenChoice[] => {
  if (Buffer.from(choices.flatMap(({ bytes }) => bytes)).equals(text)) return choices
  let end = text.length
  return choices
    .map((choice, index) => ({ choice, index }))
    .reverse()
    .map(({ choice, index }) => {
      const from = index === 0 ? 0 : Math.max(0, end - choice.bytes.length)
      const bytes = [...text.subarray(from, end)]
      end = from
      return { ...choice, bytes, token: Buffer.from(bytes).toString("utf8") }
    })
    .reverse()
}
