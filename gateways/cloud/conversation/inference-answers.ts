import type { Answer, Content } from "../../http/routes.ts"
import { JOB_ID_HEADER } from "./job-id-header.ts"

/** The good answer of a route that asks a model. */
export const inferenceAnswer = (content: Content): Answer => ({
  description: "text/event-stream" in content ? "The answer; with `stream` as server-sent events that end with `data: [DONE]`." : "The answer.",
  headers: { [JOB_ID_HEADER]: "The jobs, for their records and bills, separated by commas." },
  content,
})

export const INFERENCE_PROBLEMS = {
  404: "There is no such model.", 429: "No credits, or too many requests at once.", 502: "The answer was lost on its way.",
  503: "No node can take it now.", 504: "It took longer than its time limit.",
}
