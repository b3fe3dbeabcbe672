export type {
  AcceptRequest, CancelRequest, DropRequest, ExpireRequest, FinishRequest, RequestCommand, RequestRejection, ReturnRequest, StartRequest,
} from "./commands.ts"
export { request } from "./decide.ts"
export type { Accepted, Finished, RequestEvent, RequestMode, RequestOutcome, RequestPriority } from "./events.ts"
export { isOpen, type KnownRequest, type OpenRequest, type Request } from "./state.ts"
