import { expect } from "vitest"
import { openAIProblems, responseEventComponent } from "#test/support/openai-schemas.ts"
import { ABLE_MODEL, fakeNetwork, type Script, startGateway } from "../fake-network.ts"

export const PATH = "/v1/responses"
export const ASK = { model: ABLE_MODEL, input: "Say hello" }
export const WEATHER = { type: "function", name: "weather", description: "of a city", strict: true, parameters: { type: "object", properties: {} } } as const

export const gatewayWith = async (script: Script) => {
  const network = fakeNetwork()
  network.script = script
  return startGateway(network)
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

export interface StreamedEvent {
  readonly type: string
  readonly sequence_number: number
  readonly item_id?: string
  readonly output_index?: number
  readonly item?: { readonly id: string; readonly type: string; readonly status: string }
  readonly delta?: string
  readonly response?: { readonly id: string; readonly status: string; readonly output: readonly object[]; readonly error: { readonly code: string } | null }
}

/** The events of a stream, after checking each against OpenAI's schema, and their names and numbers. */
export const eventsOf = (text: string): readonly StreamedEvent[] => {
  const blocks = text.split("\n\n").filter((block) => block !== "")
  return blocks.map((block, index) => {
    const [name, data, ...rest] = block.split("\n").filter((line) => !line.startsWith(":"))
    expect(rest).toEqual([])
    const event = JSON.parse((data ?? "").replace(/^data: /, "")) as StreamedEvent
    expect(name).toBe(`event: ${event.type}`)
    expect(event.sequence_number).toBe(index)
    expect(openAIProblems(responseEventComponent(event.type), event)).toEqual([])
    return event
  })
}

export const streamed = async ({ post }: Pick<Gateway, "post">, body: object): Promise<readonly StreamedEvent[]> => {
  const response = await post({ ...ASK, stream: true, ...body }, {}, PATH)
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8")
  return eventsOf(await response.text())
}
