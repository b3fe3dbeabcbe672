import { Result } from "effect"
import type { Decider } from "../kernel/decider.ts"
import type {
  AcceptRequest, CancelRequest, DropRequest, ExpireRequest, FinishRequest, RequestCommand, RequestRejection, ReturnRequest, StartRequest,
} from "./commands.ts"
import { codec, type RequestEvent } from "./events.ts"
import { fold, initial, isOpen, type KnownRequest, type Request } from "./state.ts"

type Decision = Result.Result<readonly RequestEvent[], RequestRejection>

const NOTHING: Decision = Result.succeed([])
const refuse = (rejection: RequestRejection): Decision => Result.fail(rejection)

const accept = ({ type: _, startWith, ...data }: AcceptRequest, request: Request): Decision => {
  const { requestId, at } = data
  const start = startWith === null ? [] : [started({ requestId, gatewayId: startWith, at }, request.generation)]
  if (beginsAnew(request, at)) return Result.succeed([{ type: "RequestAccepted", data }, ...start])
  const { accepted } = request
  if (accepted.digest !== data.digest || accepted.endpoint !== data.endpoint) return refuse({ _tag: "RequestMismatch", requestId })
  return request.stage === "waiting" ? Result.succeed(start) : NOTHING
}

/** Nothing is kept of it, or not any more. */
const beginsAnew = (request: Request, at: number): request is Extract<Request, { stage: "absent" }> => {
  if (request.stage === "absent" || request.stage === "dropped") return true
  return !isOpen(request) && at >= request.accepted.expiresAt
}

const started = (start: Pick<StartRequest, "requestId" | "gatewayId" | "at">, generation: number): RequestEvent => {
  const { requestId, gatewayId, at } = start
  return { type: "RequestStarted", data: { requestId, generation: generation + 1, gatewayId, at } }
}

const start = (command: StartRequest, request: KnownRequest): Decision => {
  const { requestId, gatewayId, replaces } = command
  const { stage, generation } = request
  if (stage === "waiting" && (replaces === null || replaces === generation)) return Result.succeed([started(command, generation)])
  if (stage === "waiting") return refuse({ _tag: "StaleGeneration", requestId, generation: replaces ?? generation, current: generation })
  if (stage !== "running") return refuse({ _tag: "RequestOver", requestId, stage })
  if (replaces === generation) return Result.succeed([started(command, generation)])
  const isRepeated = request.gatewayId === gatewayId && (replaces === null || replaces + 1 === generation)
  return isRepeated ? NOTHING : refuse({ _tag: "RequestTaken", requestId, gatewayId: request.gatewayId, generation })
}

/** What the gateway at work says of its generation; from one that was replaced it counts for nothing. */
const conclude = (command: ReturnRequest | DropRequest | FinishRequest, request: KnownRequest): Decision => {
  const { requestId, generation } = command
  if (request.generation !== generation) return refuse({ _tag: "StaleGeneration", requestId, generation, current: request.generation })
  const { stage } = request
  if (stage === CONCLUDED[command.type]) return NOTHING
  if (stage !== "running") return refuse({ _tag: "RequestOver", requestId, stage })
  const { at } = command
  switch (command.type) {
    case "ReturnRequest":
      return Result.succeed([{ type: "RequestReturned", data: { requestId, generation, at } }])
    case "DropRequest":
      return Result.succeed([{ type: "RequestDropped", data: { requestId, generation, code: command.code, at } }])
    case "FinishRequest": {
      const { type: _, ...data } = command
      return Result.succeed([{ type: "RequestFinished", data }])
    }
  }
}

const CONCLUDED = { ReturnRequest: "waiting", DropRequest: "dropped", FinishRequest: "finished" } as const

const end = (command: CancelRequest | ExpireRequest, request: KnownRequest): Decision => {
  const { requestId, at } = command
  const { stage, accepted } = request
  const isCancel = command.type === "CancelRequest"
  if (stage === (isCancel ? "cancelled" : "expired")) return NOTHING
  if (!isOpen(request)) return refuse({ _tag: "RequestOver", requestId, stage })
  if (isCancel) return Result.succeed([{ type: "RequestCancelled", data: { requestId, reason: command.reason, at } }])
  if (at < accepted.expiresAt) return refuse({ _tag: "RequestInTime", requestId, expiresAt: accepted.expiresAt })
  return Result.succeed([{ type: "RequestExpired", data: { requestId, at } }])
}

const decide =
  (command: RequestCommand) =>
  (request: Request): Decision => {
    if (command.type === "AcceptRequest") return accept(command, request)
    if (request.stage === "absent") return refuse({ _tag: "RequestNotFound", requestId: command.requestId })
    switch (command.type) {
      case "StartRequest":
        return start(command, request)
      case "ReturnRequest":
      case "DropRequest":
      case "FinishRequest":
        return conclude(command, request)
      case "CancelRequest":
      case "ExpireRequest":
        return end(command, request)
    }
  }

export const request: Decider<Request, RequestCommand, RequestEvent, RequestRejection> = {
  category: "request",
  codec,
  initial,
  fold,
  decide,
}
