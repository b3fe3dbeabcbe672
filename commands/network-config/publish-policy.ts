import { createHash } from "node:crypto"
import { Data, Effect, Schema } from "effect"
import type { Environment } from "#domain/kernel/ids.ts"
import { networkConfig, PolicyDocument } from "#domain/network-config/index.ts"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { Commands } from "../handle.ts"

const encodeDocument = Schema.encodeSync(PolicyDocument)

/** SHA-256 over the canonical JSON of a policy document: its name in every quote and award. */
export const ruleHashOf = (document: PolicyDocument): string =>
  createHash("sha256").update(canonicalJson(encodeDocument(document) as Json)).digest("hex")

export class NoPolicy extends Data.TaggedError("NoPolicy")<{ readonly environment: string }> {}

export const publishPolicy = Effect.fnUntraced(function* (environment: Environment, document: PolicyDocument) {
  const { handle } = yield* Commands
  const ruleHash = ruleHashOf(document)
  const command = { type: "PublishPolicy", environment, ruleHash, document, at: Date.now() } as const
  yield* handle(networkConfig, environment, command, { commandId: `policy/${environment}/${ruleHash}`, correlationId: environment })
  return ruleHash
})

/** The rules in force, as this process last saw them; read from the log when it has not seen any. */
export const currentPolicy = Effect.fnUntraced(function* (environment: Environment) {
  const { load, peek } = yield* Commands
  const state = peek(networkConfig, environment) ?? (yield* load(networkConfig, environment))
  return state.current ?? (yield* new NoPolicy({ environment }))
})

/** The rules that a quote was made by. */
export const policyByHash = Effect.fnUntraced(function* (environment: Environment, hash: string) {
  const { load, peek } = yield* Commands
  const known = peek(networkConfig, environment)?.byHash.get(hash)
  const document = known ?? (yield* load(networkConfig, environment)).byHash.get(hash)
  return document ?? (yield* new NoPolicy({ environment }))
})
