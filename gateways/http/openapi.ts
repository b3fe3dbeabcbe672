import { Schema } from "effect"
import { impliedProblems } from "./implied-problems.ts"
import { ErrorResponse } from "./error-response.ts"
import { documentedPath, parameterNames } from "./route-path.ts"
import { type Access, type Answer, type Content, isCounted, type Operation, type Parameter, type Route } from "./routes.ts"

export interface DocumentInfo {
  readonly title: string
  readonly version: string
  readonly description: string
}

const SECURITY: Readonly<Record<Access, readonly object[]>> = {
  public: [], node: [], inference: [{ apiKey: [] }], manage: [{ manageKey: [] }], operator: [{ operatorToken: [] }],
}

const KEY_FORMAT = "rk_<test|live>_<id>_<secret>_<crc>"
const SCHEMES = {
  apiKey: { type: "http", scheme: "bearer", bearerFormat: KEY_FORMAT, description: "A key with access to inference." },
  manageKey: { type: "http", scheme: "bearer", bearerFormat: KEY_FORMAT, description: "A key with access to management." },
  operatorToken: { type: "http", scheme: "bearer", description: "The token of the network's operator." },
}

/** OpenAPI 3.1 description of a gateway, made from the table that its server is made of. */
export const openApiDocument = (info: DocumentInfo, routes: readonly Route[]): object => {
  const schemas = new Components()
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = documentedPath(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) }
  }
  const schemes = new Set(routes.flatMap(({ access }) => SECURITY[access].flatMap(Object.keys)))
  return {
    openapi: "3.1.0",
    info: { ...info, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes: Object.fromEntries(Object.entries(SCHEMES).filter(([name]) => schemes.has(name))),
      schemas: schemas.all,
    },
  }
}

const operation = (route: Route, schemas: Components): object => {
  const problems = Object.entries({ ...impliedProblems(route), ...route.problems, default: OTHER_PROBLEMS }).map(([status, description]) => {
    const content = { "application/json": ErrorResponse }
    return [status, response({ description, content, headers: PROBLEM_HEADERS[status] ?? {} }, route, schemas)]
  })
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, response(answer, route, schemas)])
  const parameters = parametersOf(route, schemas)
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    security: SECURITY[route.access],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && { requestBody: { required: true, content: contentOf(route.body, schemas) } }),
    responses: Object.fromEntries([...answers, ...problems]),
  }
}

const OTHER_PROBLEMS = "What is no proper request of this route, or of HTTP: 400, 404, 405, 408, 413, 414, 415, 417 or 431."

const PROBLEM_HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  401: { "www-authenticate": "`Bearer`." },
  405: { allow: "The methods that the path takes." },
  429: { "retry-after": "Seconds until it is worth trying again.", "x-should-retry": "`false` where trying again does not help." },
  503: { "retry-after": "Seconds until it is worth trying again." },
}

const RATE_LIMIT_HEADERS = {
  "x-ratelimit-limit-requests": "Requests a second that the key may make.",
  "x-ratelimit-remaining-requests": "Of these, how many it may make at once now.",
  "x-ratelimit-reset-requests": "Until all are back, as `1.5s` or `20ms`.",
}

const response = ({ description, content, headers = {} }: Answer, route: Route, schemas: Components): object => {
  const limited = isCounted(route) ? RATE_LIMIT_HEADERS : {}
  const all = { "x-request-id": "Unique for every answer.", ...limited, ...headers }
  const described = Object.entries(all).map(([name, text]) => [name, { description: text, schema: { type: "string" } }])
  return { description, headers: Object.fromEntries(described), ...(content !== undefined && { content: contentOf(content, schemas) }) }
}

const parametersOf = ({ path, parameters = [] }: Operation, schemas: Components): readonly object[] => {
  const described = new Set(parameters.filter((one) => one.in === "path").map(({ name }) => name))
  const rest = parameterNames(path).filter((name) => !described.has(name))
  const plain = rest.map((name): Parameter => ({ in: "path", name, description: "" }))
  return [...plain, ...parameters].map(({ in: where, name, description, schema = Schema.String, required = where === "path" }) => ({
    name, in: where, required, ...(description !== "" && { description }), schema: schemas.schemaOf(schema),
  }))
}

const contentOf = (content: Content, schemas: Components): object =>
  Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: schemas.schemaOf(schema) }]))

/** Schemas that are referred to by name. */
class Components {
  readonly all: Record<string, object> = {}

  schemaOf(schema: Schema.Top): object {
    const made = Schema.toJsonSchemaDocument(schema)
    for (const [name, definition] of Object.entries(made.definitions)) this.#define(name, inDocument(definition))
    return inDocument(made.schema)
  }

  #define(name: string, definition: object): void {
    const known = this.all[name]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) throw new Error(`two schemas have the identifier ${name}`)
    this.all[name] = definition
  }
}

/** JSON Schema keeps its definitions elsewhere. */
const inDocument = (schema: object): object => JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'))
