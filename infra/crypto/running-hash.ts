import { createHash } from "node:crypto"

/** SHA-256 of text that arrives in whole characters, piece by piece: canonical JSON lets no half of a surrogate pair through. */
export const runningSha256 = () => {
  const hash = createHash("sha256")
  return {
    update: (text: string): void => void hash.update(text, "utf8"),
    /** Of everything so far, hex; more may follow. */
    hex: (): string => hash.copy().digest("hex"),
  }
}
