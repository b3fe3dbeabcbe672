import { readFile } from "node:fs/promises"
import { inspect } from "node:util"
import { Data, Result, Schema } from "effect"
import { Environment } from "#domain/kernel/ids.ts"
import { type KeyPair, keyOfSeed } from "./keys.ts"

const NodeSignerFile = Schema.Struct({
  environment: Environment,
  /** Public key of the account that nodes are users of. */
  account: Schema.NonEmptyString,
  /** Of the key that signs them. */
  signingSeed: Schema.NonEmptyString,
})

/** What `gate` needs to make users for nodes, and for nothing else: the server takes their rights from the key's scope. */
export interface NodeSigner {
  readonly environment: Environment
  readonly account: string
  readonly signer: KeyPair
}

export class NodeSignerUnreadable extends Data.TaggedError("NodeSignerUnreadable")<{ readonly message: string }> {}

export const nodeSignerText = (file: typeof NodeSignerFile.Type): string => JSON.stringify(file, null, 2)

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(NodeSignerFile))

export const readNodeSigner = async (path: string): Promise<NodeSigner> => {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(`cannot read ${path}: ${cause.code ?? "unknown error"}`)
  })
  const decoded = decode(text)
  // The decoder's own message would quote the seed.
  if (Result.isFailure(decoded)) throw unreadable(`${path} is not a node signer: it is made by \`resultity nats-accounts init\``)
  const { environment, account, signingSeed } = decoded.success
  return Object.defineProperty({ environment, account, signer: signerOf(path, signingSeed) }, inspect.custom, {
    value: () => "[node signer]", enumerable: false,
  })
}

const signerOf = (path: string, seed: string): KeyPair => {
  try {
    const signer = keyOfSeed(seed)
    if (signer.getPublicKey().startsWith("A")) return signer
  } catch {
    // Said below, without the seed.
  }
  throw unreadable(`the signing seed in ${path} is damaged: restore the file`)
}

const unreadable = (message: string): NodeSignerUnreadable => new NodeSignerUnreadable({ message })
