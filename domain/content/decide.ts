import { Result } from "effect"
import { PersistentMap } from "../kernel/persistent-map.ts"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { JobId, NamespaceId } from "../kernel/ids.ts"
import { codec, type ContentEvent } from "./events.ts"

export interface Erasure {
  readonly stage: "requested" | "erased"
  readonly jobId: JobId | null
}

/** What one namespace has had erased. */
export interface Content {
  readonly erasures: PersistentMap<Erasure>
}

export interface RequestErasure {
  readonly type: "RequestErasure"
  readonly namespaceId: NamespaceId
  /** Null: everything of the namespace. */
  readonly jobId: JobId | null
  readonly erasureId: string
  readonly reason: string
  readonly at: number
}

export interface ConfirmErasure {
  readonly type: "ConfirmErasure"
  readonly namespaceId: NamespaceId
  readonly erasureId: string
  readonly at: number
}

export type ContentCommand = RequestErasure | ConfirmErasure

export type ContentRejection =
  | { readonly _tag: "ErasureConflict"; readonly erasureId: string }
  | { readonly _tag: "ErasureNotRequested"; readonly erasureId: string }

const apply = ({ erasures }: Content, { type, data }: ContentEvent): Content => {
  const stage = type === "ContentErased" ? "erased" : "requested"
  return { erasures: erasures.set(data.erasureId, { stage, jobId: data.jobId }) }
}

const decide =
  (command: ContentCommand) =>
  ({ erasures }: Content): Result.Result<readonly ContentEvent[], ContentRejection> => {
    const { erasureId } = command
    const known = erasures.get(erasureId)
    if (command.type === "RequestErasure") {
      const { type: _, ...data } = command
      if (known === undefined) return Result.succeed([{ type: "ContentErasureRequested", data }])
      return known.jobId === command.jobId ? Result.succeed([]) : Result.fail({ _tag: "ErasureConflict", erasureId })
    }
    if (known === undefined) return Result.fail({ _tag: "ErasureNotRequested", erasureId })
    if (known.stage === "erased") return Result.succeed([])
    const { namespaceId, at } = command
    return Result.succeed([{ type: "ContentErased", data: { namespaceId, jobId: known.jobId, erasureId, at } }])
  }

export const content: Decider<Content, ContentCommand, ContentEvent, ContentRejection> = {
  category: "content",
  codec,
  initial: { erasures: PersistentMap.empty() },
  fold: foldWith(apply),
  decide,
}
