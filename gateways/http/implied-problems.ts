import { isCounted, isKeyed, type Route } from "./routes.ts"

/** Errors that follow from what a route is, by status. */
export const impliedProblems = (route: Route): Readonly<Record<number, string>> => ({
  ...(route.body !== undefined && { 400: "Something in the request is wrong; `param` says where.", 413: "The body is too large." }),
  ...(route.access !== "public" && { 401: "No key or signature, or not a good one." }),
  ...(isKeyed(route) && { 403: "The key may not do this: by its right, its limits or its namespace." }),
  ...(isCounted(route) && { 429: "The key asks too often." }),
  500: "An error of ours.",
  503: "The server is going down, or something that it needs is away.",
})
