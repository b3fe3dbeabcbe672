import type { InferenceRequest, ModelFeature, Task } from "#domain/protocol/inference-request.ts"
import { type ApiError, badRequest } from "../../http/api-error.ts"
import type { ServedModel } from "./served-models.ts"

/** Something that a request asks of its model, and the parameter that asks it. */
export interface Need {
  readonly feature: ModelFeature
  readonly param: string
}

const ROUTES: Readonly<Record<Task, string>> = {
  chat: "/v1/chat/completions", completion: "/v1/completions", embedding: "/v1/embeddings",
}

/** Why the model cannot serve this, or null. What it does not offer is refused by name, never ignored. */
export const unserved = ({ name, tasks, features }: ServedModel, task: Task, needs: readonly Need[]): ApiError | null => {
  if (!tasks.includes(task)) {
    const elsewhere = tasks.map((one) => ROUTES[one]).join(" or ")
    const message = `The model \`${name}\` is not served on ${ROUTES[task]}. Did you mean to use ${elsewhere}?`
    return badRequest({ code: "unsupported_model", param: "model", message })
  }
  const lacking = needs.find(({ feature }) => !features.includes(feature))
  if (lacking === undefined) return null
  const message = `Unsupported parameter: '${lacking.param}' is not supported with the model \`${name}\`.`
  return badRequest({ code: "unsupported_parameter", param: lacking.param, message })
}

/** How clients of each route call what the network's requests call otherwise. */
const FEATURE_PARAMS: Readonly<Record<ModelFeature, string>> = {
  tools: "tools", json_object: "response_format", json_schema: "response_format", logprobs: "logprobs", logit_bias: "logit_bias",
  token_prompts: "prompt", suffix: "suffix", dimensions: "dimensions",
}

export const needsOf = (request: InferenceRequest): readonly Need[] => {
  switch (request.task) {
    case "chat": {
      const spoken = request.messages.findIndex(({ role }) => role === "tool")
      const called = request.messages.findIndex((message) => message.role === "assistant" && message.toolCalls !== undefined)
      return [
        ...needIf("tools", request.tools !== undefined),
        ...(spoken >= 0 ? [{ feature: "tools" as const, param: `messages[${spoken}].role` }] : []),
        ...(called >= 0 ? [{ feature: "tools" as const, param: `messages[${called}].tool_calls` }] : []),
        ...(request.format === undefined ? [] : needIf(request.format.type, true)),
        ...samplingNeeds(request.sampling),
      ]
    }
    case "completion":
      return [
        ...needIf("token_prompts", typeof request.prompt !== "string"),
        ...needIf("suffix", request.suffix !== undefined),
        ...samplingNeeds(request.sampling),
      ]
    case "embedding": {
      const hasTokens = request.inputs.some((input) => typeof input !== "string")
      return [
        ...(hasTokens ? [{ feature: "token_prompts" as const, param: "input" }] : []),
        ...needIf("dimensions", request.dimensions !== undefined),
      ]
    }
  }
}

const samplingNeeds = (sampling: { readonly logit_bias?: object; readonly top_logprobs?: number }): readonly Need[] => [
  ...needIf("logprobs", sampling.top_logprobs !== undefined),
  ...needIf("logit_bias", sampling.logit_bias !== undefined),
]

const needIf = (feature: ModelFeature, isNeeded: boolean): readonly Need[] =>
  isNeeded ? [{ feature, param: FEATURE_PARAMS[feature] }] : []
