const JITTER = 0.1

/** Calls `beat` about every `everyMs`, ±10 % so that nodes do not beat together. Returns what stops it. */
export const heartbeat = (everyMs: number, random: () => number, beat: () => void): (() => void) => {
  let timer: NodeJS.Timeout
  const next = (): void => {
    timer = setTimeout(() => {
      beat()
      next()
    }, everyMs * (1 - JITTER + 2 * JITTER * random()))
  }
  next()
  return () => clearTimeout(timer)
}
