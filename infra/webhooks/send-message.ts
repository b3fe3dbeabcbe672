import { lookup } from "node:dns"
import { request as requestHttp } from "node:http"
import { request as requestHttps, type RequestOptions } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { Effect } from "effect"
import type { WebhookAnswer, WebhookPost, WebhookSenderShape } from "#commands/ports/webhook-sender.ts"
import { isPublicAddress } from "./public-addresses.ts"

/** From the first look-up of the name to the answer's head. */
const SEND_TIMEOUT_MS = 15_000
const MAX_URL_CHARACTERS = 2_048

/** `public`: by https to addresses of the internet. `any`: by http too, and to every address; for development. */
export type WebhookTargets = "public" | "any"

const NOT_PUBLIC = "its address is not one of the public internet"

class NotPublic extends Error {}

/** Posts by node's own client: it follows no redirect, and connects to the address that was looked at and no other. */
export const webhookSender = (targets: WebhookTargets): WebhookSenderShape => ({
  refusal: (url) => refusalOf(url, targets),
  post: (message) =>
    Effect.callback<WebhookAnswer>((resume) => {
      const refusal = refusalOf(message.url, targets)
      if (refusal !== null) return resume(Effect.succeed({ problem: refusal }))
      const cancel = post(message, targets, (answer) => resume(Effect.succeed(answer)))
      return Effect.sync(cancel)
    }),
})

const refusalOf = (text: string, targets: WebhookTargets): string | null => {
  const url = URL.parse(text)
  if (url === null || text.length > MAX_URL_CHARACTERS) return `a URL of at most ${MAX_URL_CHARACTERS} characters`
  if (url.username !== "" || url.password !== "") return "a URL without user name and password"
  if (targets === "any") return ["http:", "https:"].includes(url.protocol) ? null : "a URL that begins with http:// or https://"
  if (url.protocol !== "https:") return "a URL that begins with https://"
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const isLocalName = host === "localhost" || host.endsWith(".localhost") || host.endsWith(".internal") || host.endsWith(".local") || !/[.:]/.test(host)
  return isLocalName || (isIP(host) !== 0 && !isPublicAddress(host)) ? "a URL whose host is on the public internet" : null
}

/** Resolves as `resolve` does, and refuses a name when any of its addresses is not public: one of two would be taken by chance. */
export const publicLookup =
  (resolve: typeof lookup): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      if (!addresses.every(({ address }) => isPublicAddress(address))) return callback(new NotPublic(NOT_PUBLIC), [])
      const [first] = addresses
      if (options.all === true || first === undefined) return callback(null, addresses)
      callback(null, first.address, first.family)
    })

const post = ({ url, headers, body }: WebhookPost, targets: WebhookTargets, done: (answer: WebhookAnswer) => void): (() => void) => {
  const options: RequestOptions = {
    method: "POST", agent: false, headers: { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" },
    ...(targets === "public" && { lookup: publicLookup(lookup) }),
  }
  const request = url.startsWith("https:") ? requestHttps(url, options) : requestHttp(url, options)
  let over = false
  const end = (answer: WebhookAnswer): void => {
    if (over) return
    over = true
    clearTimeout(timer)
    done(answer)
  }
  const timer = setTimeout(() => {
    end({ problem: `it did not answer within ${SEND_TIMEOUT_MS / 1_000} s` })
    request.destroy()
  }, SEND_TIMEOUT_MS)
  request.on("error", (error: NodeJS.ErrnoException) => end({ problem: problemOf(error) }))
  request.on("response", (response) => {
    end({ status: response.statusCode ?? 0, retryAfterMs: retryAfterMs(response.headers["retry-after"]) })
    response.on("error", () => {})
    // Its head said everything; a body may drip for days.
    request.destroy()
  })
  request.end(body)
  return () => {
    clearTimeout(timer)
    request.destroy()
  }
}

/** The system's word for it, without addresses: those are ours or theirs to know, and not the log's. */
const problemOf = (error: NodeJS.ErrnoException): string => {
  if (error instanceof NotPublic) return NOT_PUBLIC
  return `it could not be reached (${error.code ?? error.name})`
}

const retryAfterMs = (header: string | undefined): number | null => {
  if (header === undefined) return null
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now())
}
