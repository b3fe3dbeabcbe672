import { generateKeyPairSync } from "node:crypto"
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { nodeSignatures } from "#infra/crypto/node-signatures.ts"
import { nodeIdentity } from "#infra/identity/node-identity.ts"

/** A network's real signatures, with a key of its own. */
export const networkSignatures = () =>
  nodeSignatures(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"))

/** A node's real identity, on no disk. */
export const freshIdentity = () => nodeIdentity(privateKeyToAccount(generatePrivateKey()))

const uuidAt = (n: number): string => `0190a000-0000-7000-8000-${String(n).padStart(12, "0")}`
export const attemptIdAt = (n: number) => `att_${uuidAt(n)}` as AttemptId
export const jobIdAt = (n: number) => `job_${uuidAt(n)}` as JobId
