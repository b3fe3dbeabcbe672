import type { Plants } from "./planted.ts"

export interface Asking {
  /** With /v1 at its end. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly model: string
  readonly plants: Plants
}

interface Ask {
  readonly path: string
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Everything that a client can say to a gateway, well and badly said, with a plant in each place. Waits for every answer. */
export const askEverything = async (asking: Asking): Promise<{ readonly statuses: readonly number[]; readonly text: string }> => {
  const answers: { readonly status: number; readonly text: string }[] = []
  for (const ask of asksOf(asking)) answers.push(await post(asking, ask))
  for (const url of [`/models/${asking.plants["url"]}`, `/${asking.plants["url"]}?key=${asking.plants["url"]}`, `/models?x=${asking.plants["url"]}`]) {
    const response = await fetch(asking.baseUrl + url, { headers: { authorization: `Bearer ${asking.apiKey}` } })
    answers.push({ status: response.status, text: await response.text() })
  }
  return { statuses: answers.map(({ status }) => status), text: answers.map(({ text }) => text).join("\n") }
}

const post = async ({ baseUrl, apiKey, plants }: Asking, { path, body, headers }: Ask) => {
  const response = await fetch(`${baseUrl}${path}?note=${plants["url"]}`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", "user-agent": `test ${plants["header"]}`, "x-note": String(plants["header"]), ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

const asksOf = ({ model, plants }: Asking): readonly Ask[] => [...chats(model, plants), ...otherTasks(model, plants), ...badAsks(model, plants)]

const chats = (model: string, plants: Plants): readonly Ask[] => {
  const messages = [{ role: "system", content: plants["instructions"] }, { role: "user", content: `say ${plants["prompt"]}` }]
  const path = "/chat/completions"
  const call = { id: "call_1", type: "function", function: { name: "look", arguments: JSON.stringify({ text: plants["toolArguments"] }) } }
  const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: { text: { type: "string" } } } } }]
  const spoken = [...messages, { role: "assistant", content: null, tool_calls: [call] }, { role: "tool", tool_call_id: "call_1", content: plants["toolResult"] }]
  return [
    { path, body: { model, messages, user: plants["user"], metadata: { note: plants["metadata"] } } },
    { path, body: { model, messages, stream: true, stream_options: { include_usage: true } } },
    { path, body: { model, messages: [...messages, { role: "assistant", content: plants["answer"] }, { role: "user", content: "again" }] } },
    { path, body: { model, messages: spoken, tools } },
    { path, body: { model, messages, n: 2 } },
    { path, body: { model, messages }, headers: { "idempotency-key": String(plants["idempotencyKey"]) } },
    { path, body: { model, messages }, headers: { prefer: "respond-async" } },
  ]
}

const otherTasks = (model: string, plants: Plants): readonly Ask[] => [
  { path: "/completions", body: { model, prompt: plants["completion"], max_tokens: 4 } },
  { path: "/embeddings", body: { model, input: [plants["embedding"], "second"] } },
  { path: "/responses", body: { model, input: plants["prompt"], instructions: plants["instructions"] } },
  { path: "/moderations", body: { model, input: plants["prompt"] } },
]

const badAsks = (model: string, plants: Plants): readonly Ask[] => [
  { path: "/chat/completions", body: `{"model": "${model}", "messages": "${plants["broken"]}"` },
  { path: "/chat/completions", body: { model, messages: [{ role: plants["broken"], content: 1 }] } },
  { path: "/chat/completions", body: { model, messages: plants["broken"] } },
  { path: "/chat/completions", body: { model, messages: [{ role: "user", content: plants["prompt"] }], temperature: plants["broken"] } },
  { path: "/chat/completions", body: { model, messages: [{ role: "user", content: [{ type: plants["broken"], text: plants["prompt"] }] }] } },
  { path: "/chat/completions", body: { model: plants["model"], messages: [{ role: "user", content: plants["prompt"] }] } },
  { path: "/chat/completions", body: { model, messages: [{ role: "user", content: `${plants["prompt"]} `.repeat(10_000) }] } },
  { path: "/chat/completions", body: { model, messages: [] }, headers: { authorization: `Bearer rk_test_${plants["broken"]}` } },
  { path: "/chat/completions", body: { model, messages: [] }, headers: { authorization: `Bearer ${plants["broken"]}` } },
]
