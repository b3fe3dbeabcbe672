import { Result, Schema, SchemaIssue } from "effect"
import { NodeCredentialsRequest } from "#domain/protocol/node-credentials.ts"
import { badRequest } from "../http/api-error.ts"
import { invalidField } from "./gate-errors.ts"

const decode = Schema.decodeUnknownResult(NodeCredentialsRequest)
const describe = SchemaIssue.makeFormatterStandardSchemaV1()

const EXPECTED: Readonly<Record<string, string>> = {
  node_id: "an EVM address in EIP-55 form",
  public_key: "the public half of a NATS user key: U and 55 characters",
  environment: "testnet or mainnet",
  issued_at: "milliseconds since 1970, a whole number",
  signature: "an EIP-712 signature: 0x and 130 lower-case hex digits",
}

/** Reads a body that was parsed as JSON, or throws the 400 that names what is wrong with it. Never repeats what was sent. */
export const readCredentialsRequest = (body: unknown): NodeCredentialsRequest => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
  }
  const decoded = decode(body)
  if (Result.isSuccess(decoded)) return decoded.success
  const field = String(describe(decoded.failure.issue).issues[0]?.path?.[0] ?? "")
  const expected = EXPECTED[field]
  if (expected === undefined) throw badRequest({ code: "invalid_value", message: `The request needs ${Object.keys(EXPECTED).join(", ")}.` })
  throw invalidField(field, `'${field}' must be ${expected}.`)
}
