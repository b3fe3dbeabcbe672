import { openAIProblems, responseEventComponent } from "#test/support/openai-schemas.ts"
import { chatStreamProblems } from "./chat-stream-rules.ts"
import type { Exchange } from "./recorder.ts"
import { readEvents } from "./server-sent-events.ts"

/** The component of a whole answer, by route; the first that fits. */
const WHOLE: readonly (readonly [RegExp, string])[] = [
  [/^POST \/v1\/chat\/completions$/, "CreateChatCompletionResponse"],
  [/^POST \/v1\/completions$/, "CreateCompletionResponse"],
  [/^POST \/v1\/embeddings$/, "CreateEmbeddingResponse"],
  [/^GET \/v1\/models$/, "ListModelsResponse"],
  [/^GET \/v1\/models\/./, "Model"],
  [/^POST \/v1\/moderations$/, "CreateModerationResponse"],
  [/^GET \/v1\/responses\/[^/]+\/input_items$/, "ResponseItemList"],
  [/^(POST|GET) \/v1\/responses(\/[^/]+(\/cancel)?)?$/, "Response"],
  [/^GET \/v1\/files$/, "ListFilesResponse"],
  [/^DELETE \/v1\/files\/[^/]+$/, "DeleteFileResponse"],
  [/^(POST|GET) \/v1\/files(\/[^/]+)?$/, "OpenAIFile"],
  [/^GET \/v1\/batches$/, "ListBatchesResponse"],
  [/^(POST|GET) \/v1\/batches(\/[^/]+(\/cancel)?)?$/, "Batch"],
]

/** Not JSON of OpenAI's making. */
const FREE_FORM = /^GET \/v1\/files\/[^/]+\/content$|^DELETE \/v1\/responses\//

/** What is wrong with an answer by OpenAI's published schemas and the rules of streams. */
export const bodyProblems = (exchange: Exchange): readonly string[] => {
  const { method, path, status, headers, text, complete } = exchange
  const type = headers.get("content-type") ?? ""
  const route = `${method} ${path}`
  if (status < 400 && FREE_FORM.test(route)) return []
  if (type.startsWith("text/event-stream")) return streamProblems(exchange)
  if (!complete) return []
  if (!type.startsWith("application/json")) return [`the content type is ${type}`]
  const body = parsed(text)
  if (body === undefined) return ["the body is not JSON"]
  if (status >= 400) return [...openAIProblems("ErrorResponse", body), ...extraKeys(body)]
  const component = WHOLE.find(([pattern]) => pattern.test(route))?.[1]
  if (component === undefined) return ["no schema is known for this route"]
  return openAIProblems(component, component === "CreateEmbeddingResponse" ? withNumbers(body) : body)
}

const extraKeys = (body: unknown): readonly string[] =>
  Object.keys(body as object).filter((key) => key !== "error").map((key) => `there is ${key} beside error`)

const streamProblems = ({ path, text, requestBody, complete }: Exchange): readonly string[] => {
  const { events, done, problems } = readEvents(text, complete)
  // A client that has read [DONE] need not wait for the end of the body.
  const whole = complete || done
  const bodies = events.map(({ data }) => parsed(data))
  if (bodies.includes(undefined)) return [...problems, "an event is not JSON"]
  const failed = bodies.some(isError)
  const answers = bodies.filter((body) => !isError(body))
  const found = bodies.filter(isError).flatMap((body) => openAIProblems("ErrorResponse", body))
  if (path === "/v1/responses" || path.startsWith("/v1/responses/")) {
    const named = events.filter(({ name, data }) => name !== typeOf(parsed(data))).map(({ name }) => `the event's name ${name} is not its type`)
    return [...problems, ...found, ...named, ...answers.flatMap((body) => openAIProblems(responseEventComponent(typeOf(body)), body))]
  }
  const component = path === "/v1/completions" ? "StreamedCompletion" : "CreateChatCompletionStreamResponse"
  const shape = [...problems, ...found, ...answers.flatMap((body) => openAIProblems(component, body))]
  const end = complete && !failed && !done ? ["the stream ended without [DONE]"] : []
  if (shape.length > 0 || component === "StreamedCompletion") return [...shape, ...end]
  return [...end, ...chatStreamProblems(answers, { requestBody, complete: whole && !failed })]
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const isError = (body: unknown): boolean => typeof body === "object" && body !== null && "error" in body && !("object" in body)

const typeOf = (body: unknown): string =>
  typeof body === "object" && body !== null && "type" in body && typeof body.type === "string" ? body.type : ""

/** The schema knows the form with numbers only; base64 is little-endian float32. */
const withNumbers = (body: unknown): unknown => {
  if (typeof body !== "object" || body === null || !("data" in body) || !Array.isArray(body.data)) return body
  return { ...body, data: body.data.map((one: { readonly embedding: unknown }) => ({ ...one, embedding: numbersOf(one.embedding) })) }
}

const numbersOf = (embedding: unknown): unknown => {
  if (typeof embedding !== "string") return embedding
  const bytes = Buffer.from(embedding, "base64")
  return Array.from({ length: bytes.length / Float32Array.BYTES_PER_ELEMENT }, (_, index) =>
    bytes.readFloatLE(index * Float32Array.BYTES_PER_ELEMENT))
}
