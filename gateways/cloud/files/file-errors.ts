import { ApiError, badRequest, unavailable } from "../../http/api-error.ts"

export const fileNotFound = (param?: string) =>
  new ApiError({
    status: 404, type: "invalid_request_error", code: "file_not_found", ...(param !== undefined && { param }),
    message: "No such file: it does not exist in this namespace, was deleted or has expired.",
  })

export const fileTooLarge = (limitBytes: number) =>
  new ApiError({
    status: 413, type: "invalid_request_error", code: "file_too_large", param: "file",
    message: `The file is larger than the limit of ${limitBytes} bytes.`,
  })

export const fileInUse = () =>
  new ApiError({
    status: 409, type: "invalid_request_error", code: "file_in_use", headers: { "x-should-retry": "false" },
    message: "A batch that has not ended reads this file. Cancel the batch, or wait for its end.",
  })

export const missingFormField = (param: string) =>
  badRequest({ code: "missing_required_parameter", param, message: `Missing required parameter: '${param}'.` })

/** Stores that are away are a 503; anything else stays as it is, for the 500. */
export const storeError = (failure: unknown): unknown => {
  const tag = typeof failure === "object" && failure !== null && "_tag" in failure ? failure._tag : null
  if (tag === "ContentMissing" || tag === "FileNotFound") return fileNotFound()
  const isAway = tag === "ContentStoreUnavailable" || tag === "EventStoreUnavailable" || tag === "TooManyConflicts" || tag === "StreamBusy"
  return isAway ? unavailable("files_unavailable", "Files cannot be kept or read at the moment. Please try again.") : failure
}
