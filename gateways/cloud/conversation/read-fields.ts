import type { Sampling } from "#domain/protocol/inference-request.ts"
import { badRequest } from "../../http/api-error.ts"
import type { AskedModels } from "./order.ts"

type Maybe<Value> = Value | null | undefined

/** The fields of `samplingFields`, decoded. */
export interface GivenSampling {
  readonly temperature?: Maybe<number>
  readonly top_p?: Maybe<number>
  readonly frequency_penalty?: Maybe<number>
  readonly presence_penalty?: Maybe<number>
  readonly seed?: Maybe<number>
  readonly stop?: Maybe<string | readonly string[]>
  readonly logit_bias?: Maybe<Readonly<Record<string, number>>>
  readonly top_k?: Maybe<number>
  readonly min_p?: Maybe<number>
  readonly repetition_penalty?: Maybe<number>
}

export const invalidValue = (param: string, message: string) => badRequest({ code: "invalid_value", param, message: `Invalid value for '${param}': ${message}.` })

export const missing = (param: string) =>
  badRequest({ code: "missing_required_parameter", param, message: `Missing required parameter: '${param}'.` })

export const unsupported = (param: string, why: string) =>
  badRequest({ code: "unsupported_parameter", message: `Unsupported value for '${param}': ${why}.`, param })

/** Half a surrogate pair has no UTF-8 form: it could not travel to a node unchanged. */
export const wellFormed = (text: string, param: string): string => {
  if (text.isWellFormed()) return text
  throw invalidValue(param, "not well-formed Unicode text")
}

/** What was given, and nothing else. `topLogprobs`: with log probabilities, and so many alternatives. */
export const toSampling = (given: GivenSampling, topLogprobs: number | null): Sampling => {
  const { temperature, top_p, seed, frequency_penalty, presence_penalty, min_p, repetition_penalty } = given
  const stop = stopStrings(given.stop ?? [])
  const logitBias = Object.entries(given.logit_bias ?? {})
  for (const [id] of logitBias) if (!/^\d{1,9}$/.test(id)) throw invalidValue("logit_bias", "its keys must be token ids")
  const top_k = given.top_k ?? 0
  return {
    ...(isGiven(temperature) && { temperature }),
    ...(isGiven(top_p) && { top_p }),
    ...(isGiven(seed) && { seed }),
    ...(isGiven(frequency_penalty) && { frequency_penalty }),
    ...(isGiven(presence_penalty) && { presence_penalty }),
    ...(top_k > 0 && { top_k }),
    ...(isGiven(min_p) && { min_p }),
    ...(isGiven(repetition_penalty) && { repetition_penalty }),
    ...(stop.length > 0 && { stop }),
    ...(logitBias.length > 0 && { logit_bias: Object.fromEntries(logitBias) }),
    ...(topLogprobs !== null && { top_logprobs: topLogprobs }),
  }
}

const isGiven = (value: Maybe<number>): value is number => value !== null && value !== undefined

const stopStrings = (stop: string | readonly string[]): readonly string[] => {
  const strings = typeof stop === "string" ? [stop] : stop
  if (strings.includes("")) throw invalidValue("stop", "a stop string must not be empty")
  return strings.map((text) => wellFormed(text, "stop"))
}

export interface GivenStream {
  readonly stream?: Maybe<boolean>
  readonly stream_options?: Maybe<{ readonly include_usage?: Maybe<boolean> }>
}

export const readStream = (given: GivenStream): { readonly stream: boolean; readonly includeUsage: boolean } => {
  const stream = given.stream ?? false
  const options = given.stream_options ?? null
  if (options !== null && !stream) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    throw badRequest({ code: "invalid_value", param: "stream_options", message })
  }
  return { stream, includeUsage: options?.include_usage ?? false }
}

export interface GivenModels {
  readonly model: string
  readonly models?: Maybe<readonly string[]>
  readonly resultity?: Maybe<{ readonly multimodel?: Maybe<Exclude<AskedModels["use"], "one">> }>
}

/** `model` first, each once. */
export const readModels = ({ model, models, resultity }: GivenModels): AskedModels => {
  const others = [...new Set(models ?? [])].filter((name) => name !== model)
  const use = resultity?.multimodel ?? "fallback"
  return { names: [model, ...others], use: others.length === 0 ? "one" : use }
}
