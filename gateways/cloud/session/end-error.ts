import { answerLost, type ApiError, badRequest, tooLate, unavailable } from "../../http/api-error.ts"
import type { Step } from "./job-stream-reader.ts"

/** What a client hears of a job that ended without a whole answer. */
export const endError = ({ reason, message }: Extract<Step, { type: "ended" }>): ApiError => {
  if (reason === "expired") return tooLate(`${message}.`)
  if (reason === "unsupported") return badRequest({ code: "unsupported", message: `${message}.` })
  return reason === "lost" ? answerLost(`${message}.`) : unavailable(`job_${reason}`, `${message}.`)
}
