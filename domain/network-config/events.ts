import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { Environment, TimeMs } from "../kernel/ids.ts"
import { MicroCredits } from "../kernel/money.ts"

export const ModelRate = Schema.Struct({
  /** Micro-credits per million tokens. */
  inputRate: MicroCredits,
  outputRate: MicroCredits,
})
export type ModelRate = typeof ModelRate.Type

export const RcpRules = Schema.Struct({
  milliRcpPer1000OutputTokens: Schema.Int,
  milliRcpPer1000PromptTokens: Schema.Int,
  environmentPercent: Schema.Int,
})
export type RcpRules = typeof RcpRules.Type

/** Every rule that decides money or points, as one document. */
export const PolicyDocument = Schema.Struct({
  version: Schema.Int,
  /** By model name; `*` is the rate of every model not named. */
  rates: Schema.Record(Schema.String, ModelRate),
  operatorSharePercent: Schema.Int,
  rcp: RcpRules,
  /** What the lines of a batch cost of the rates, in percent; 50 where it is left out. */
  batchPercent: Schema.optionalKey(Schema.Int),
  /** Output tokens granted to a request that names no limit. */
  defaultMaxOutputTokens: Schema.Int,
})
export type PolicyDocument = typeof PolicyDocument.Type

export const schemas = {
  /** The rules from this moment on. `ruleHash` is SHA-256 over the canonical JSON of `document`. */
  PolicyPublished: Schema.Struct({
    environment: Environment,
    ruleHash: Schema.String,
    document: PolicyDocument,
    at: TimeMs,
  }),
}

export const codec = eventCodec(schemas)
export type NetworkConfigEvent = EventOf<typeof schemas>
