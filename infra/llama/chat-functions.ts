import { type ChatModelFunctions, type ChatWrapper, type GbnfJsonSchema, LlamaText } from "node-llama-cpp"
import type { Tool } from "#domain/protocol/inference-request.ts"
import type { Json } from "../json-schema/shape.ts"

type Fields = Readonly<Record<string, Json>>

/** The same template with the functions told to the model, in its own way; their calls are nothing to `LlamaChat`. */
export const withFunctions = (wrapper: ChatWrapper, tools: readonly Tool[]): ChatWrapper => {
  if (tools.length === 0) return wrapper
  const availableFunctions = functionsOf(tools)
  return Object.create(wrapper, {
    generateContextState: {
      value: (options: Parameters<ChatWrapper["generateContextState"]>[0]) =>
        wrapper.generateContextState({ ...options, availableFunctions, documentFunctionParams: true }),
    },
  }) satisfies ChatWrapper
}

/** How a model writes calls: what stands before, in and behind them. */
export interface CallSyntax {
  /** Before the first call of an answer, its own beginning included. */
  readonly first: LlamaText
  /** Between the end of a call and the name in the next. */
  readonly next: LlamaText
  readonly parametersOf: (name: string) => LlamaText
  readonly endOf: (name: string) => LlamaText
  /** What tells that a model begins to call. */
  readonly beginnings: readonly LlamaText[]
}

export const callSyntax = ({ settings }: ChatWrapper): CallSyntax => {
  const { call, parallelism } = settings.functions
  const section = parallelism?.call.sectionPrefix ?? ""
  const prefixes = [call.prefix, ...(call.prefixAlternateMatches ?? [])]
  const named = (text: string | LlamaText, name: string): LlamaText =>
    LlamaText(text).mapValues((value) => (typeof value === "string" ? value.replaceAll("{{functionName}}", name) : value))
  return {
    first: LlamaText([section, call.prefix]),
    next: LlamaText([parallelism?.call.betweenCalls ?? "", call.prefix]),
    parametersOf: (name) => named(call.paramsPrefix, name),
    endOf: (name) => named(call.suffix, name),
    beginnings: prefixes.map((prefix) => LlamaText([section, prefix])),
  }
}

const functionsOf = (tools: readonly Tool[]): ChatModelFunctions =>
  Object.fromEntries(tools.map(({ name, description, parameters }) => {
    const params = parameters === undefined ? undefined : told(parameters)
    return [name, { ...(description === undefined ? {} : { description }), ...(isTold(params) ? { params } : {}) }]
  }))

/** Only for the model to read: alternatives are written as the template's writer knows them. */
const told = (schema: Json | undefined): Json | undefined => {
  if (Array.isArray(schema)) return schema.map((one: Json) => told(one) ?? null)
  if (!isFields(schema)) return schema
  const { anyOf, allOf, ...rest } = schema
  const [only] = Array.isArray(allOf) ? allOf : []
  if (isFields(only)) return told({ ...rest, ...only })
  const fields = anyOf === undefined ? rest : { ...rest, oneOf: anyOf }
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, told(value) ?? null]))
}

const isFields = (value: Json | undefined): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value)

const isTold = (schema: Json | undefined): schema is Fields & GbnfJsonSchema => isFields(schema)
