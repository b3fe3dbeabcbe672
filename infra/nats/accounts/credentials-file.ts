import { readFile } from "node:fs/promises"
import { decode } from "@nats-io/jwt"
import { credsAuthenticator } from "@nats-io/transport-node"
import { Data } from "effect"
import type { NatsOptions } from "../connect.ts"
import { inboxPrefix } from "./inbox.ts"

/** `NATS_CREDENTIALS` names something that is not a credentials file. */
export class CredentialsUnreadable extends Data.TaggedError("CredentialsUnreadable")<{ readonly message: string }> {}

const JWT = /-----BEGIN NATS USER JWT-----\s+(\S+)\s+-+END NATS USER JWT-+/
const SEED = /-----BEGIN USER NKEY SEED-----\s+(SU[A-Z2-7]+)\s+-+END USER NKEY SEED-+/

/** Who this process is on the NATS servers; nobody in particular without a file. */
export const natsIdentity = async (path: string | null): Promise<Pick<NatsOptions, "authenticator" | "inboxPrefix">> => {
  if (path === null) return {}
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new CredentialsUnreadable({ message: `cannot read NATS_CREDENTIALS ${path}: ${cause.code ?? "unknown error"}` })
  })
  return identityIn(file, path)
}

const identityIn = (file: Uint8Array, path: string): Pick<NatsOptions, "authenticator" | "inboxPrefix"> => {
  const text = new TextDecoder().decode(file)
  const jwt = JWT.exec(text)?.[1]
  try {
    if (jwt === undefined || !SEED.test(text)) throw new TypeError("a part is missing")
    const { name, sub } = decode(jwt)
    return { authenticator: credsAuthenticator(file), inboxPrefix: inboxPrefix(name, sub) }
  } catch {
    // Its own words would quote the file.
    throw new CredentialsUnreadable({ message: `NATS_CREDENTIALS ${path} is not a NATS credentials file (user JWT and seed)` })
  }
}
