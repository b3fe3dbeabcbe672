import type { AnswerFormat, ChatTask, Tool, ToolChoice } from "#domain/protocol/inference-request.ts"
import { invalidValue, missing, unsupported, wellFormed } from "../conversation/read-fields.ts"
import type { GivenFormat, GivenTool, ResponseRequest } from "./response-request.ts"

/** Tools and how to choose among them, as the network carries them; nothing where the model may not call any. */
export const toTools = (asked: ResponseRequest): Pick<ChatTask, "tools" | "toolChoice" | "parallelToolCalls"> => {
  const tools = (asked.tools ?? []).map((tool, index) => toTool(tool, `tools[${index}]`))
  const again = tools.findIndex(({ name }, index) => tools.findIndex((other) => other.name === name) < index)
  if (again >= 0) throw invalidValue(`tools[${again}].name`, "another tool has this name")
  const choice = toToolChoice(asked.tool_choice ?? "auto", tools)
  if (tools.length === 0 || choice === "none") return {}
  const parallel = asked.parallel_tool_calls ?? true
  return { tools, ...(choice !== "auto" && { toolChoice: choice }), ...(!parallel && { parallelToolCalls: false }) }
}

const toTool = ({ type, name, description, parameters }: GivenTool, param: string): Tool => {
  if (type !== "function") throw unsupported(`${param}.type`, "only functions are supported, no tool runs in this service")
  if (name === null || name === undefined) throw missing(`${param}.name`)
  return {
    name,
    ...(typeof description === "string" && { description: wellFormed(description, `${param}.description`) }),
    ...(parameters !== null && parameters !== undefined && { parameters }),
  }
}

const toToolChoice = (choice: NonNullable<ResponseRequest["tool_choice"]>, tools: readonly Tool[]): ToolChoice | "none" => {
  if (choice === "none" || choice === "auto") return choice
  if (tools.length === 0) throw invalidValue("tool_choice", "it is only allowed when tools are given")
  if (choice === "required") return choice
  if (choice.type !== "function") throw unsupported("tool_choice.type", "only functions are supported")
  const { name } = choice
  if (name === undefined) throw missing("tool_choice.name")
  if (!tools.some((tool) => tool.name === name)) throw invalidValue("tool_choice.name", "no tool of the request has this name")
  return { name }
}

export const toAnswerFormat = ({ type, name, schema }: GivenFormat): AnswerFormat | null => {
  switch (type) {
    case "text":
      return null
    case "json_object":
      return { type: "json_object" }
    case "json_schema":
      if (name === null || name === undefined) throw missing("text.format.name")
      if (schema === null || schema === undefined) throw missing("text.format.schema")
      return { type: "json_schema", schema }
    default:
      throw invalidValue("text.format.type", "expected text, json_object or json_schema")
  }
}
