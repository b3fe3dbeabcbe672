import type { Duplex } from "node:stream"

/**
 * What is sent in one turn of the event loop goes to the operating system in one call: a write wakes the reader, and that costs more than
 * a frame. Call it before each send.
 */
export const sentTogether = (stream: Duplex): (() => void) => {
  let corked = false
  const uncork = (): void => {
    corked = false
    stream.uncork()
  }
  return () => {
    if (corked) return
    corked = true
    stream.cork()
    setImmediate(uncork)
  }
}
