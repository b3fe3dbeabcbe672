import type { RequestId } from "../kernel/ids.ts"

/** Asks the cloud gateway that works on a request for its reply, or to end it. */
export const requestSubject = (requestId: RequestId): string => `request.${requestId}`

export type ReplyAsked =
  /** What follows so many parts of the reply, once there is something; whoever asks still wants it. */
  | { readonly after: number }
  /** That the request was cancelled is on record. */
  | { readonly cancel: true }
