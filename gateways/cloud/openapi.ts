import { Schema } from "effect"
import { ChatCompletion } from "./answer.ts"
import { ChatRequest } from "./chat-request.ts"
import { ChatCompletionChunk } from "./chunks.ts"
import { Model, ModelList } from "./models-routes.ts"
import { REFUSED_PARAMETERS } from "./refused-parameters.ts"

const ErrorBody = Schema.Struct({
  error: Schema.Struct({
    message: Schema.String,
    type: Schema.String,
    param: Schema.NullOr(Schema.String),
    code: Schema.NullOr(Schema.String),
  }),
})

const SCHEMAS = { ChatRequest, ChatCompletion, ChatCompletionChunk, Model, ModelList, ErrorBody }

const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` })

const json = (name: keyof typeof SCHEMAS, description: string) => ({
  description,
  headers: { "x-request-id": { schema: { type: "string" }, description: "Unique for every answer." } },
  content: { "application/json": { schema: ref(name) } },
})

const problem = (description: string) => json("ErrorBody", description)

const schemaOf = (schema: Schema.Top) => Schema.toJsonSchemaDocument(schema).schema

const COMMON_ERRORS = { "401": problem("No key, or not a good one."), "500": problem("An error of ours.") }

const refusedNames = Object.keys(REFUSED_PARAMETERS).join(", ")

const completions = {
  operationId: "createChatCompletion",
  summary: "Asks a model of the network.",
  description: `Served as by OpenAI. Refused by name, unless their value changes nothing: ${refusedNames}. Unknown fields are ignored.`,
  requestBody: { required: true, content: { "application/json": { schema: ref("ChatRequest") } } },
  responses: {
    "200": {
      description: "The answer; with `stream` as server-sent events that end with `data: [DONE]`.",
      headers: { "x-resultity-job-id": { schema: { type: "string" }, description: "The job, for its record and its bill." } },
      content: {
        "application/json": { schema: ref("ChatCompletion") },
        "text/event-stream": { schema: ref("ChatCompletionChunk") },
      },
    },
    "400": problem("Something in the request is wrong; `param` says where."),
    "404": problem("There is no such model."),
    "413": problem("The body is too large."),
    "429": problem("No credits, or too many requests at once."),
    "503": problem("No node can take it now."),
    "504": problem("It took longer than its time limit."),
    ...COMMON_ERRORS,
  },
}

const idParameter = { name: "id", in: "path", required: true, schema: { type: "string" } }

/** OpenAPI 3.1 description of this API, made from the Schemas that check and type it. */
export const openApiDocument = {
  openapi: "3.1.0",
  info: {
    title: "Resultity Cloud API",
    version: "1.0.0",
    description: "OpenAI-compatible inference on a network of nodes, paid in credits.",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  servers: [{ url: "/" }],
  security: [{ apiKey: [] }],
  paths: {
    "/v1/chat/completions": { post: completions },
    "/v1/models": {
      get: {
        operationId: "listModels", summary: "Models that can be asked now.",
        responses: { "200": json("ModelList", "The list."), ...COMMON_ERRORS },
      },
    },
    "/v1/models/{id}": {
      get: {
        operationId: "retrieveModel", summary: "One model.", parameters: [idParameter],
        responses: {
          "200": json("Model", "The model."), "404": problem("There is no such model."),
          "503": problem("Its nodes are away."), ...COMMON_ERRORS,
        },
      },
    },
    "/healthz": {
      get: {
        operationId: "health", summary: "Whether the gateway takes requests.", security: [],
        responses: { "200": { description: "It does." }, "503": problem("It is going down.") },
      },
    },
  },
  components: {
    securitySchemes: { apiKey: { type: "http", scheme: "bearer", bearerFormat: "rk_<test|live>_<id>_<secret>_<crc>" } },
    schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, schemaOf(schema)])),
  },
}
