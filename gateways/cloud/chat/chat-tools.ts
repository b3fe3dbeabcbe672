import type { AnswerFormat, ChatTask, Tool, ToolChoice } from "#domain/protocol/inference-request.ts"
import { invalidValue, missing, unsupported, wellFormed } from "../conversation/read-fields.ts"
import type { ChatRequest, RequestTool, ResponseFormat } from "./chat-request.ts"

/** Tools and how to choose among them, as the network carries them; nothing where the model may not call any. */
export const toTools = (chat: ChatRequest): Pick<ChatTask, "tools" | "toolChoice" | "parallelToolCalls"> => {
  const tools = (chat.tools ?? []).map((tool, index) => toTool(tool, `tools[${index}]`))
  const again = tools.findIndex(({ name }, index) => tools.findIndex((other) => other.name === name) < index)
  if (again >= 0) throw invalidValue(`tools[${again}].function.name`, "another tool has this name")
  const choice = toToolChoice(chat.tool_choice ?? "auto", tools)
  if (tools.length === 0 || choice === "none") return {}
  const parallel = chat.parallel_tool_calls ?? true
  return { tools, ...(choice !== "auto" && { toolChoice: choice }), ...(!parallel && { parallelToolCalls: false }) }
}

const toTool = ({ type, function: declared }: RequestTool, param: string): Tool => {
  if (type !== "function") throw unsupported(`${param}.type`, "only functions are supported")
  if (declared === null || declared === undefined) throw missing(`${param}.function`)
  const { name, description, parameters } = declared
  return {
    name,
    ...(typeof description === "string" && { description: wellFormed(description, `${param}.function.description`) }),
    ...(parameters !== null && parameters !== undefined && { parameters }),
  }
}

const toToolChoice = (choice: NonNullable<ChatRequest["tool_choice"]>, tools: readonly Tool[]): ToolChoice | "none" => {
  if (choice === "none" || choice === "auto") return choice
  if (tools.length === 0) throw invalidValue("tool_choice", "it is only allowed when tools are given")
  if (choice === "required") return choice
  if (choice.type !== "function") throw unsupported("tool_choice.type", "only functions are supported")
  const name = choice.function?.name
  if (name === undefined) throw missing("tool_choice.function")
  if (!tools.some((tool) => tool.name === name)) throw invalidValue("tool_choice.function.name", "no tool of the request has this name")
  return { name }
}

export const toAnswerFormat = (format: ResponseFormat): AnswerFormat | null => {
  switch (format.type) {
    case "text":
      return null
    case "json_object":
      return { type: "json_object" }
    case "json_schema": {
      const param = "response_format.json_schema"
      if (format.json_schema === null || format.json_schema === undefined) throw missing(param)
      const { schema } = format.json_schema
      if (schema === null || schema === undefined) throw missing(`${param}.schema`)
      return { type: "json_schema", schema }
    }
    default:
      throw invalidValue("response_format.type", "expected text, json_object or json_schema")
  }
}
