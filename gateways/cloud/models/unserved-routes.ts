import { ApiError } from "../../http/api-error.ts"
import type { Route } from "../../http/routes.ts"

interface Unserved {
  readonly path: string
  readonly operationId: string
  /** What a model would do. */
  readonly does: string
  /** As the client sends it. */
  readonly body: "json" | "form"
}

const UNSERVED: readonly Unserved[] = [
  { path: "/v1/moderations", operationId: "createModeration", does: "classify texts for moderation", body: "json" },
  { path: "/v1/images/generations", operationId: "createImage", does: "generate images", body: "json" },
  { path: "/v1/images/variations", operationId: "createImageVariation", does: "vary images", body: "form" },
  { path: "/v1/images/description", operationId: "createImageDescription", does: "describe images", body: "form" },
  { path: "/v1/audio/transcriptions", operationId: "createTranscription", does: "transcribe audio", body: "form" },
  { path: "/v1/audio/translation", operationId: "createAudioTranslation", does: "translate audio", body: "form" },
  { path: "/v1/audio/translations", operationId: "createTranslation", does: "translate audio", body: "form" },
  { path: "/v1/audio/speech", operationId: "createSpeech", does: "speak texts", body: "json" },
]

/** Routes for models that no node can offer yet: whatever model they name, it is not there. */
export const unservedRoutes: readonly Route[] = UNSERVED.map(({ path, operationId, does, body }) => ({
  method: "POST", path, operationId, access: "inference", requestLimit: "counted",
  summary: `For models that ${does}; no node offers one yet.`,
  description: "Answers 404 `model_not_found`, whatever it is asked.",
  ...(body === "form" && { reads: "stream" as const }),
  answers: {},
  problems: { 404: "There is no such model." },
  handle: ({ request }) => {
    // A client that is still sending gets to read the refusal.
    request.raw.resume()
    throw noModelThat(does)
  },
}))

const noModelThat = (does: string): ApiError =>
  new ApiError({
    status: 404, type: "invalid_request_error", code: "model_not_found", param: "model",
    message: `No model of this network can ${does}. GET /v1/models lists the models that there are.`,
  })
