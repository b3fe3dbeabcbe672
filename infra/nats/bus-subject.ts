import { createHash } from "node:crypto"

/** The server closes a connection whose control line (subject, reply and lengths) passes 4 096 bytes. */
const MAX_SUBJECT_BYTES = 1_024

const SAFE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/
/** Dots between two tokens stay; one that would leave a token empty does not. */
const UNSAFE = /^\.|\.$|\.(?=\.)|[^A-Za-z0-9_.-]/gu

/**
 * Our subjects hold names that strangers chose (`count.<model>`). Each gets a NATS subject of its own without wildcards, spaces or empty
 * tokens: other bytes are written as `%2A`. What is too long for the wire travels under its hash.
 */
export const natsSubject = (prefix: string, subject: string): string => {
  const encoded = SAFE.test(subject) ? subject : subject === "" ? "%" : subject.replace(UNSAFE, percent)
  if (encoded.length <= MAX_SUBJECT_BYTES) return `${prefix}.${encoded}`
  return `${prefix}.%long.${createHash("sha256").update(encoded).digest("hex")}`
}

const percent = (character: string): string => Buffer.from(character).toString("hex").replace(/../g, "%$&")
