import type { FastifyRequest } from "fastify"
import { badRequest } from "../http/api-error.ts"
import type { Parameter } from "../http/routes.ts"

const SHAPE = /^[\x21-\x7e]{1,255}$/

export const IDEMPOTENCY_KEY: Parameter = {
  in: "header", name: "Idempotency-Key", description: "The same request with the same key does its work once; 1 to 255 visible ASCII characters.",
}

/** Null where the client sent none. */
export const idempotencyKey = ({ headers }: FastifyRequest): string | null => {
  const key = headers["idempotency-key"]
  if (key === undefined) return null
  if (typeof key === "string" && SHAPE.test(key)) return key
  throw badRequest({ code: "invalid_value", param: "Idempotency-Key", message: "An Idempotency-Key has 1 to 255 visible ASCII characters." })
}
