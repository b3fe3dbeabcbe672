/** Addresses and networks of the Internet, in CIDR form. */
export interface IpRanges {
  /** False for what is no address. An IPv4 address in IPv6 clothes (`::ffff:192.0.2.7`) is that IPv4 address. */
  readonly has: (address: string) => boolean
  /** Whether one of them has every address of this other one; false for what is none. */
  readonly covers: (range: string) => boolean
}

interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

interface Range extends Address {
  readonly prefix: number
}

/** Ranges such as `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`; null when one of the texts is none. */
export const ipRanges = (texts: readonly string[]): IpRanges | null => {
  const ranges: Range[] = []
  for (const text of texts) {
    const range = parseRange(text)
    if (range === null) return null
    ranges.push(range)
  }
  return {
    has: (text) => {
      const address = parseIp(text)
      return address !== null && ranges.some((range) => isIn(address, range))
    },
    covers: (text) => {
      const inner = parseRange(text)
      return inner !== null && ranges.some((range) => inner.prefix >= range.prefix && isIn(inner, range))
    },
  }
}

const isIn = ({ bits, value }: Address, range: Range): boolean => {
  const rest = BigInt(range.bits - range.prefix)
  return bits === range.bits && value >> rest === range.value >> rest
}

const RANGE = /^([^/]+)(?:\/(\d{1,3}))?$/

const parseRange = (text: string): Range | null => {
  const [, written = "", prefixText] = RANGE.exec(text) ?? []
  const address = parseIp(written)
  if (address === null) return null
  const prefix = prefixText === undefined ? address.bits : Number(prefixText)
  return prefix <= address.bits ? { ...address, prefix } : null
}

const MAPPED_PREFIX = 0xffffn << 32n

/** An address as a number, or null. */
const parseIp = (text: string): Address | null => {
  const v4 = parseV4(text)
  if (v4 !== null) return { bits: 32, value: v4 }
  const v6 = parseV6(text)
  if (v6 === null) return null
  return v6 >> 32n === MAPPED_PREFIX >> 32n ? { bits: 32, value: v6 & 0xffffffffn } : { bits: 128, value: v6 }
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/

const parseV4 = (text: string): bigint | null => {
  const octets = text.split(".")
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return null
  return octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n)
}

const GROUP = /^[0-9a-f]{1,4}$/i
const GROUPS = 8

const parseV6 = (text: string): bigint | null => {
  const halves = withoutDots(text)?.split("::") ?? []
  if (halves.length === 0 || halves.length > 2) return null
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")))
  const missing = GROUPS - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail]
  return groups.every((group) => GROUP.test(group)) ? groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) : null
}

/** The last 32 bits may be written as an IPv4 address. */
const withoutDots = (text: string): string | null => {
  const last = text.slice(text.lastIndexOf(":") + 1)
  if (!last.includes(".")) return text
  const value = parseV4(last)
  if (value === null) return null
  return `${text.slice(0, text.length - last.length)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
}
