import type { ApiKeyRejection, LimitName } from "#domain/api-key/index.ts"
import type { LedgerRejection } from "#domain/credit-ledger/index.ts"
import type { NamespaceRejection } from "#domain/namespace/index.ts"
import type { TransferRefused } from "#commands/credit/transfer-credits.ts"
import { ApiError, badRequest, forbidden, tooFast, unavailable } from "../http/api-error.ts"
import { thingNotFound, namespaceNotFound } from "./own-namespace.ts"

type Rejection = ApiKeyRejection | NamespaceRejection | LedgerRejection | TransferRefused

const invalid = (param: string, message: string) => badRequest({ code: "invalid_value", param, message })

const conflict = (code: string, message: string) =>
  new ApiError({ status: 409, type: "invalid_request_error", code, message, headers: { "x-should-retry": "false" } })

const reused = () =>
  new ApiError({
    status: 422, type: "invalid_request_error", code: "idempotency_key_reused", headers: { "x-should-retry": "false" },
    message: "This Idempotency-Key was used for another request.",
  })

export const keyNotFound = () =>
  new ApiError({ status: 404, type: "invalid_request_error", code: "api_key_not_found", message: "An API key of this id does not exist in this account." })

/** `requestsPerSecond` as clients write it: `limits.requests_per_second`. */
export const limitParam = (limit: LimitName): string => `limits.${limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`

const grantParam = (what: LimitName | "mode" | "right"): string => (what === "mode" || what === "right" ? what : limitParam(what))

/** What a client is told when a command was refused; anything unexpected stays as it is, for the 500. */
export const manageError = (failure: unknown): unknown => {
  if (typeof failure !== "object" || failure === null || !("_tag" in failure)) return failure
  switch (failure._tag) {
    case "EventStoreUnavailable":
    case "TooManyConflicts":
      return unavailable("log_unavailable", "This cannot be put on record at the moment. Please try again.")
    case "StreamBusy":
      return tooFast("Too many changes wait here. Please slow down.")
    default:
      return refusal(failure as Rejection)
  }
}

/** For a promise of a command: throws what the client is told. */
export const refused = (failure: unknown): never => {
  throw manageError(failure)
}

const refusal = (rejection: Rejection): unknown => {
  switch (rejection._tag) {
    case "KeyNotFound":
      return keyNotFound()
    case "KeyIsRevoked":
      return conflict("api_key_revoked", "This API key was revoked.")
    case "KeyAlreadyRotated":
      return conflict("api_key_rotated", `This API key was rotated already: ${rejection.successorId} takes its place.`)
    case "KeyExists":
    case "NamespaceExists":
    case "TransferConflict":
      return reused()
    case "InvalidKeyName":
      return invalid("name", `A name has at most ${rejection.longest} characters.`)
    case "InvalidKeyLimit":
      return invalid(limitParam(rejection.limit), `Invalid value for '${limitParam(rejection.limit)}': expected ${rejection.expected}, or null for no limit.`)
    case "ExceedsGrantor":
      return forbidden({
        code: "insufficient_permissions", param: grantParam(rejection.what),
        message: `Your key cannot give what it does not have itself: '${grantParam(rejection.what)}'.`,
      })
    default:
      return namespaceRefusal(rejection)
  }
}

const namespaceRefusal = (rejection: Exclude<Rejection, ApiKeyRejection>): unknown => {
  switch (rejection._tag) {
    case "NamespaceNotFound":
    case "NamespaceIsDeleted":
    case "LedgerIsClosed":
      return namespaceNotFound()
    case "NamespaceHasKeys":
      return conflict("namespace_has_keys", `This namespace has ${rejection.activeKeys} keys that are not revoked. Revoke them first.`)
    case "LedgerNotEmpty":
      return conflict("namespace_not_empty", notEmpty(rejection))
    case "InvalidNamespaceName":
      return invalid("name", "A name has 1 to 63 letters, digits, dashes, dots and underscores, and begins with a letter or digit.")
    case "InvalidRetention":
      return invalid("retention_days", `A whole number from 0 to ${rejection.most}.`)
    case "InsufficientCredits":
      return conflict("insufficient_credits", `The namespace has ${rejection.available} micro-credits available; ${rejection.required} were to be moved.`)
    case "TransferNotPositive":
      return invalid("amount", "An amount is at least 1 micro-credit.")
    case "TransferToItself":
      return invalid("to", "Credits move to another namespace.")
    case "TransferRefused":
      return new ApiError({
        status: 404, type: "invalid_request_error", code: "namespace_not_found", param: "to",
        message: "A namespace of this id does not exist in this account.",
      })
    case "TransferNotFound":
      return thingNotFound("transfer")
    default:
      return rejection
  }
}

const notEmpty = ({ available, held, inTransfer }: Extract<LedgerRejection, { _tag: "LedgerNotEmpty" }>): string =>
  `This namespace has ${available} micro-credits available, ${held} held and ${inTransfer} on their way. Move them to another namespace first.`
