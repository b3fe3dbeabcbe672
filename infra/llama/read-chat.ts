import type { ChatWrapper } from "node-llama-cpp"
import type { AnswerFormat, ChatTask, Tool } from "#domain/protocol/inference-request.ts"
import { readParameters, readSchema } from "../json-schema/read-schema.ts"
import { SchemaBudget } from "../json-schema/schema-budget.ts"
import { ANY_OBJECT, type JsonShape } from "../json-schema/shape.ts"
import { withFunctions } from "./chat-functions.ts"
import { Unsupported } from "./refusals.ts"

export interface CallableTool {
  readonly name: string
  readonly parameters: JsonShape
}

/** A request for the next turn of a chat, read and found possible. */
export interface ReadChat {
  readonly messages: ChatTask["messages"]
  readonly wrapper: ChatWrapper
  readonly tools: readonly CallableTool[]
  /** `must`: the answer is a call. `may`: the model decides. */
  readonly calls: "must" | "may" | "never"
  readonly mostCalls: number
  readonly format: JsonShape | null
  readonly sampling: ChatTask["sampling"]
}

/** Calls in one answer: clients' libraries take indexes up to 127. */
const MAX_CALLS = 128

/** Throws `Unsupported` and `UnsupportedSchema`. */
export const readChat = (chat: ChatTask, wrapper: ChatWrapper): ReadChat => {
  const { messages, tools = [], toolChoice = "auto", parallelToolCalls = true, format, sampling } = chat
  const budget = new SchemaBudget()
  const callable = tools.map((tool) => readTool(tool, budget))
  const named = typeof toolChoice === "object" ? callable.filter(({ name }) => name === toolChoice.name) : callable
  if (typeof toolChoice === "object" && named.length === 0) throw new Unsupported(`tool_choice: there is no tool ${toolChoice.name.slice(0, 64)}`)
  return {
    messages,
    wrapper: withFunctions(wrapper, tools),
    tools: named,
    calls: tools.length === 0 ? "never" : toolChoice === "auto" ? "may" : "must",
    // A named function is called once: who names it wants this answer.
    mostCalls: parallelToolCalls && typeof toolChoice !== "object" ? MAX_CALLS : 1,
    format: format === undefined ? null : readFormat(format, budget),
    sampling,
  }
}

const readFormat = (format: AnswerFormat, budget: SchemaBudget): JsonShape =>
  format.type === "json_object" ? ANY_OBJECT : readSchema(format.schema, "response_format", budget)

const readTool = ({ name, parameters }: Tool, budget: SchemaBudget): CallableTool => ({
  name,
  parameters: readParameters(parameters, `tools.${name.slice(0, 64)}.parameters`, budget),
})
