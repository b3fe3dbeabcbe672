import type { LlamaModel } from "node-llama-cpp"
import type { ModelFeature, Task } from "#domain/protocol/inference-request.ts"

/** llama.cpp's numbers: none, mean, first, last, rank. The last makes no vectors, but scores. */
const POOLED = [1, 2, 3]
/** What the makers of models for embedding write into their files. */
const EMBEDDING_TAGS = ["feature-extraction", "sentence-similarity", "sentence-transformers"]

/**
 * What a model does, by its file. It embeds if the file says how to make one vector of many, and nothing else if it was made for that:
 * it reads all of a text at once, or says so in its tags. Whether vectors may be cut is in no file, so nobody may ask for it.
 */
export const modelFacts = (model: LlamaModel): { readonly tasks: readonly Task[]; readonly features: readonly ModelFeature[] } => {
  const { general } = model.fileInfo.metadata
  const architecture: unknown = Reflect.get(model.fileInfo.metadata, general.architecture)
  const embeds = POOLED.includes(Number(field(architecture, "pooling_type") ?? 0))
  const readsAtOnce = model.fileInsights.hasEncoder || field(field(architecture, "attention"), "causal") === false
  const tags: unknown = Reflect.get(general, "tags")
  const onlyEmbeds = embeds && (readsAtOnce || (Array.isArray(tags) && EMBEDDING_TAGS.some((tag) => tags.includes(tag))))
  if (onlyEmbeds) return { tasks: ["embedding"], features: ["token_prompts"] }
  const { prefix, suffix } = model.tokens.infill
  const fills: readonly ModelFeature[] = prefix !== null && suffix !== null ? ["suffix"] : []
  return {
    tasks: embeds ? ["chat", "completion", "embedding"] : ["chat", "completion"],
    features: ["tools", "json_object", "json_schema", "logprobs", "logit_bias", "token_prompts", ...fills],
  }
}

const field = (value: unknown, name: string): unknown => (typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined)
