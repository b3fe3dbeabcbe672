import type { RequestId } from "#domain/kernel/ids.ts"
import { toPlainText } from "#domain/kernel/plain-text.ts"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { badRequest } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { Call, KeyedRoute } from "../../http/routes.ts"
import type { Wish } from "./wish.ts"

export interface Asked {
  readonly route: KeyedRoute
  readonly call: Call<Caller>
  readonly wish: Wish
  readonly requestId: RequestId
}

export const endpointOf = ({ method, path }: KeyedRoute): string => `${method} ${path}`

/** What makes two requests the same. */
export const canonicalOf = ({ request }: Call<Caller>): string => {
  try {
    return canonicalJson({ url: request.url, body: (request.body ?? null) as Json })
  } catch {
    throw badRequest({ code: "invalid_value", message: "The request body has a number or a text that JSON cannot carry unchanged." })
  }
}

/** As it can be put on record; no model is called otherwise. */
export const modelOf = (body: unknown): string | null =>
  typeof body === "object" && body !== null && "model" in body && typeof body.model === "string" ? toPlainText(body.model.slice(0, 256)) : null
