import type OpenAI from "openai"
import { expect } from "vitest"
import type { ErrorBody } from "#gateways/http/api-error.ts"

/** The error that the official client throws. */
export const failureOf = (call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> =>
  call.then(
    () => {
      throw new Error("it succeeded")
    },
    (error) => error,
  )

/** The body of a plain error, after checking its form. */
export const bodyOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8")
  const body = (await response.json()) as ErrorBody
  expect(Object.keys(body)).toEqual(["error"])
  expect(Object.keys(body.error).sort()).toEqual(["code", "message", "param", "type"])
  return { status: response.status, ...body.error }
}
