import { foldWith } from "../kernel/decider.ts"
import type { GatewayId } from "../kernel/ids.ts"
import type { Accepted, Finished, RequestEvent } from "./events.ts"

/** `generation` counts the gateways that worked on it; it never goes back, not even when the request begins anew. */
export type Request =
  | { readonly stage: "absent"; readonly generation: number }
  | { readonly stage: "waiting"; readonly accepted: Accepted; readonly generation: number }
  | { readonly stage: "running"; readonly accepted: Accepted; readonly generation: number; readonly gatewayId: GatewayId; readonly startedAt: number }
  /** As good as absent: a repeat may even say something else. */
  | { readonly stage: "dropped"; readonly accepted: Accepted; readonly generation: number }
  | { readonly stage: "finished"; readonly accepted: Accepted; readonly generation: number; readonly finished: Finished; readonly startedAt: number }
  | { readonly stage: "cancelled"; readonly accepted: Accepted; readonly generation: number; readonly reason: string; readonly at: number }
  | { readonly stage: "expired"; readonly accepted: Accepted; readonly generation: number; readonly at: number }

export type KnownRequest = Exclude<Request, { readonly stage: "absent" }>
export type OpenRequest = Extract<Request, { readonly stage: "waiting" | "running" }>

export const initial: Request = { stage: "absent", generation: 0 }

export const isOpen = (request: Request): request is OpenRequest => request.stage === "waiting" || request.stage === "running"

const apply = (request: Request, event: RequestEvent): Request => {
  const { generation } = request
  if (event.type === "RequestAccepted") return { stage: "waiting", accepted: event.data, generation }
  if (request.stage === "absent") return request
  const { accepted } = request
  const { at } = event.data
  switch (event.type) {
    case "RequestStarted":
      return { stage: "running", accepted, generation: event.data.generation, gatewayId: event.data.gatewayId, startedAt: at }
    case "RequestReturned":
      return { stage: "waiting", accepted, generation }
    case "RequestDropped":
      return { stage: "dropped", accepted, generation }
    case "RequestFinished":
      return { stage: "finished", accepted, generation, finished: event.data, startedAt: request.stage === "running" ? request.startedAt : at }
    case "RequestCancelled":
      return { stage: "cancelled", accepted, generation, reason: event.data.reason, at }
    case "RequestExpired":
      return { stage: "expired", accepted, generation, at }
  }
}

export const fold = foldWith(apply)
