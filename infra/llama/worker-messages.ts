import type { ChatMessage } from "#domain/protocol/inference-request.ts"
import type { Generated, Generation } from "#node/ports/inference-engine.ts"

/** How to load a model; the same again after a crash, `contextLength` then fixed to what it was. */
export interface LoadOptions {
  readonly path: string
  readonly slots: number
  /** "auto": a GPU if there is one. */
  readonly gpu: "auto" | false
  readonly threads: number
  /** Upper bound, or the model's trained length. */
  readonly contextLength: number | null
  readonly maxTokensPerSecond: number | null
}

export type GenerationEnd =
  | { readonly type: "generated"; readonly generated: Generated }
  | { readonly type: "context_exceeded"; readonly promptTokens: number; readonly contextLength: number }
  | { readonly type: "aborted" }
  | { readonly type: "failed"; readonly message: string }

export type ToWorker =
  | { readonly type: "load"; readonly options: LoadOptions }
  | { readonly type: "generate"; readonly id: number; readonly generation: Generation }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "count"; readonly id: number; readonly messages: readonly ChatMessage[] }

/** Request id, text, tokens. */
export type TextItem = readonly [id: number, text: string, tokens: number]

export type FromWorker =
  | { readonly type: "loaded"; readonly contextLength: number }
  | { readonly type: "load_failed"; readonly message: string }
  | { readonly type: "texts"; readonly items: readonly TextItem[] }
  /** All texts of the request were sent before. */
  | { readonly type: "ended"; readonly id: number; readonly end: GenerationEnd }
  | { readonly type: "counted"; readonly id: number; readonly tokens: number | null }
