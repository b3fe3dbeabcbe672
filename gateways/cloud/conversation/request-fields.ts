import { Schema } from "effect"

export const MAX_STOP_STRINGS = 4
/** Models that one request may name. */
export const MAX_MODELS = 8

/** Absent and an explicit null mean the same. */
export const optional = <Field extends Schema.Top>(field: Field) => Schema.optionalKey(Schema.NullOr(field))

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))

export const countOf = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))
export const tokenLimit = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** `include_obfuscation` is accepted and adds nothing. */
export const StreamOptions = optional(
  Schema.Struct({ include_usage: optional(Schema.Boolean), include_obfuscation: optional(Schema.Boolean) }),
)

const stop = optional(Schema.Union([Schema.String, Schema.Array(Schema.String).check(Schema.isMaxLength(MAX_STOP_STRINGS))]))

/** How to sample, for chat and completions. */
export const samplingFields = {
  temperature: optional(between(0, 2)),
  top_p: optional(between(0, 1)),
  frequency_penalty: optional(between(-2, 2)),
  presence_penalty: optional(between(-2, 2)),
  seed: optional(Schema.Int),
  stop,
  /** By the model's own token ids. */
  logit_bias: optional(Schema.Record(Schema.String, between(-100, 100))),
  /** Beyond OpenAI's, as vLLM and llama.cpp have them. -1 and 0: all tokens. */
  top_k: optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(-1))),
  min_p: optional(between(0, 1)),
  repetition_penalty: optional(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 2, exclusiveMinimum: true }))),
}

/** Ours: more models than one. */
export const MultimodelFields = {
  /** Asked beside `model`. */
  models: optional(Schema.Array(Schema.String).check(Schema.isMaxLength(MAX_MODELS))),
  resultity: optional(
    Schema.Struct({
      /** fallback (the default with `models`): the next when one is not available or fails before its first word · first: all at once, the first to speak answers · all: a choice from each */
      multimodel: optional(Schema.Literals(["first", "all", "fallback"])),
    }),
  ),
}
