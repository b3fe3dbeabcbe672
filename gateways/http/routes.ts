import type { Schema } from "effect"
import type { FastifyReply, FastifyRequest } from "fastify"
import type { Caller } from "./authenticate.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * Who may call a route, checked before the body is read.
 * public: anybody · inference, manage: an API key of that access · node: whoever signed the body, which the handler checks ·
 * operator: the network's operator.
 */
export type Access = "public" | "inference" | "manage" | "node" | "operator"
export type KeyedAccess = "inference" | "manage"

/** One request on its way through a handler. */
export interface Call<Who> {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly caller: Who
  /** A parameter of the route's path, decoded. */
  readonly param: (name: string) => string
}

/** What one route allows of a request's body; `DEFAULT_LIMITS` otherwise. */
export interface RouteLimits {
  readonly bodyBytes: number
  /** For a JSON body to arrive. */
  readonly bodyMs: number
  /** Nesting of objects and arrays. */
  readonly jsonDepth: number
  /** Objects, arrays and their members together. */
  readonly jsonValues: number
}

/** A parameter for the document. Those of the path need no entry unless there is something to say about them. */
export interface Parameter {
  readonly in: "path" | "query" | "header"
  readonly name: string
  readonly description: string
  /** A string otherwise. */
  readonly schema?: Schema.Top
  readonly required?: boolean
}

/** By content type. A Schema with an `identifier` becomes a component of the document under that name. */
export type Content = Readonly<Record<string, Schema.Top>>

export interface Answer {
  readonly description: string
  readonly content?: Content
  /** Descriptions by name. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Everything about a route but its handler. */
export interface Operation {
  readonly method: Method
  /** As in OpenAPI, `/v1/models/{id}`; `{+id}` at the end takes slashes too, as in RFC 6570. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly body?: Content
  /**
   * How the body reaches the handler: as the parsed JSON in `request.body` (the default), or unread, as the stream in `request.body`,
   * whose size is then the handler's to limit.
   */
  readonly reads?: "json" | "stream"
  readonly limits?: Partial<RouteLimits>
  /** Answers that are no errors, by status. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Errors of this route, by status; those that follow from its access, limits and body are known. */
  readonly problems?: Readonly<Record<number, string>>
}

export interface KeyedRoute extends Operation {
  readonly access: KeyedAccess
  /** `counted`: takes one request from its key's limits. */
  readonly requestLimit: "counted" | "free"
  /** The answer may be fetched later (`Prefer: respond-async`). Throws what is wrong with the body: what is accepted should not fail for that. */
  readonly later?: (body: unknown) => void
  readonly handle: (call: Call<Caller>) => unknown
}

export interface OpenRoute extends Operation {
  readonly access: Exclude<Access, KeyedAccess>
  readonly handle: (call: Call<null>) => unknown
}

/** One route of a gateway: the server, the document and the table of who may do what are all made from it. */
export type Route = KeyedRoute | OpenRoute

export const isKeyed = (route: Route): route is KeyedRoute => "requestLimit" in route

/** Whether a request takes from its key's limits. */
export const isCounted = (route: Route): boolean => isKeyed(route) && route.requestLimit === "counted"

/** An answer in JSON. */
export const json = (schema: Schema.Top, description: string): Answer => ({ description, content: { "application/json": schema } })
