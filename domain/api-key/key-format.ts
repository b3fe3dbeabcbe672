import type { KeyMode } from "./events.ts"

const SHAPE = /^rk_(test|live)_([0-9A-Za-z]{12})_([0-9A-Za-z]{32})_([0-9a-f]{8})$/

export interface ParsedKey {
  readonly mode: KeyMode
  readonly keyId: string
  readonly secret: string
}

/** `rk_<test|live>_<keyid>_<secret>_<crc>`; the CRC32 of what stands before it lets typos and leak scanners do without a look-up. */
export const formatKey = (key: ParsedKey): string => {
  const body = `rk_${key.mode}_${key.keyId}_${key.secret}`
  return `${body}_${crc32(body)}`
}

/** The parts of a well-formed key, or null for anything else, a wrong check sum included. */
export const parseKey = (text: string): ParsedKey | null => {
  const match = SHAPE.exec(text)
  if (match === null) return null
  const [, mode, keyId, secret, crc] = match
  if (keyId === undefined || secret === undefined || (mode !== "test" && mode !== "live")) return null
  return crc32(`rk_${mode}_${keyId}_${secret}`) === crc ? { mode, keyId, secret } : null
}

/** CRC-32 (IEEE 802.3, as in zlib) of ASCII text, eight hex digits. */
const crc32 = (text: string): string => {
  let crc = 0xffffffff
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index)
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0")
}
