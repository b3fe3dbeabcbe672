import { describe, expect, it } from "vitest"
import { bodyOf } from "../failures.ts"
import { fakeNetwork, startGateway } from "../fake-network.ts"
import { ASK, PATH, WEATHER } from "./response-gateway.ts"

const user = (content: unknown) => ({ input: [{ role: "user", content }] })
const output = { type: "function_call_output", call_id: "call_1", output: "x" }

describe("a request for a response", () => {
  it.each<[object, string, string]>([
    [{ model: undefined }, "model", "missing_required_parameter"],
    [{ input: undefined }, "input", "missing_required_parameter"],
    [{ input: [] }, "input", "missing_required_parameter"],
    [{ input: 5 }, "input", "invalid_type"],
    [{ input: "half \ud83e" }, "input", "invalid_value"],
    [{ input: [{ role: "user" }] }, "input[0].content", "missing_required_parameter"],
    [{ input: [{ content: "x" }] }, "input[0].role", "missing_required_parameter"],
    [{ input: [{ type: "computer_call" }] }, "input[0].type", "unsupported_parameter"],
    [{ input: [output] }, "input[0].call_id", "invalid_value"],
    [user([{ type: "input_file", file_id: "x" }]), "input[0].content[0].type", "unsupported_parameter"],
    [user([{ type: "input_image", image_url: "https://x.test/a.png" }]), "input[0].content[0].image_url", "invalid_value"],
    [user([{ type: "input_image", image_url: "data:image/png;base64,AA==" }]), "input[0].content[0].type", "unsupported_parameter"],
    [user([{ type: "input_text" }]), "input[0].content[0].text", "missing_required_parameter"],
    [{ max_output_tokens: 0 }, "max_output_tokens", "invalid_value"],
    [{ temperature: 3 }, "temperature", "invalid_value"],
    [{ tools: [{ type: "web_search" }] }, "tools[0].type", "unsupported_parameter"],
    [{ tools: [WEATHER, { type: "code_interpreter", container: { type: "auto" } }] }, "tools[1].type", "unsupported_parameter"],
    [{ tools: [{ type: "function" }] }, "tools[0].name", "missing_required_parameter"],
    [{ tools: [WEATHER, WEATHER] }, "tools[1].name", "invalid_value"],
    [{ tool_choice: "required" }, "tool_choice", "invalid_value"],
    [{ tools: [WEATHER], tool_choice: { type: "function", name: "other" } }, "tool_choice.name", "invalid_value"],
    [{ tools: [WEATHER], tool_choice: { type: "file_search" } }, "tool_choice.type", "unsupported_parameter"],
    [{ text: { format: { type: "xml" } } }, "text.format.type", "invalid_value"],
    [{ text: { format: { type: "json_schema", name: "x" } } }, "text.format.schema", "missing_required_parameter"],
    [{ include: ["everything"] }, "include[0]", "invalid_value"],
    [{ truncation: "auto" }, "truncation", "unsupported_parameter"],
    [{ conversation: "conv_1" }, "conversation", "unsupported_parameter"],
    [{ prompt: { id: "pmpt_1" } }, "prompt", "unsupported_parameter"],
    [{ models: ["x"], resultity: { multimodel: "all" } }, "resultity.multimodel", "unsupported_parameter"],
  ])("with %j is a 400 that names %s", async (body, param, code) => {
    const { post, network } = await startGateway()
    expect(await bodyOf(await post({ ...ASK, ...body }, {}, PATH))).toMatchObject({ status: 400, code, param })
    expect(network.submitted).toEqual([])
  })

  it.each<[object, string, string]>([
    [{ previous_response_id: "resp_nowhere" }, "previous_response_id", "previous_response_not_found"],
    [{ input: [{ type: "item_reference", id: "msg_nowhere" }] }, "input[0].id", "item_not_found"],
    [{ model: "nowhere" }, "model", "model_not_found"],
  ])("with %j is a 404 that names %s", async (body, param, code) => {
    const { post } = await startGateway()
    expect(await bodyOf(await post({ ...ASK, ...body }, {}, PATH))).toMatchObject({ status: 404, code, param })
  })

  it("beyond the model's context says so", async () => {
    const network = fakeNetwork()
    network.promptTokens = 1_000
    const { post } = await startGateway(network)
    const told = { status: 400, code: "context_length_exceeded", param: "input", message: expect.stringContaining("maximum context length") }
    expect(await bodyOf(await post(ASK, {}, PATH))).toMatchObject(told)
  })
})
