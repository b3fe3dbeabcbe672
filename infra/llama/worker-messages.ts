import type { InferenceRequest, ModelFeature, Task } from "#domain/protocol/inference-request.ts"
import type { Generated, Generation, PromptSize } from "#node/ports/inference-engine.ts"

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

interface Unsupported {
  readonly type: "unsupported"
  readonly message: string
}

export type CountEnd = { readonly type: "counted"; readonly size: PromptSize } | Unsupported | { readonly type: "failed" }

export type GenerationEnd =
  | { readonly type: "generated"; readonly generated: Generated }
  | { readonly type: "context_exceeded"; readonly promptTokens: number; readonly contextLength: number }
  | Unsupported
  | { readonly type: "aborted" }
  | { readonly type: "failed"; readonly message: string }

export type ToWorker =
  | { readonly type: "load"; readonly options: LoadOptions }
  | { readonly type: "generate"; readonly id: number; readonly generation: Generation }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "count"; readonly id: number; readonly request: InferenceRequest }

/** Request id, text, tokens. */
export type TextItem = readonly [id: number, text: string, tokens: number]

/** What the model is and can do. */
export interface LoadedFacts {
  readonly contextLength: number
  readonly tasks: readonly Task[]
  readonly features: readonly ModelFeature[]
}

export type FromWorker =
  | ({ readonly type: "loaded" } & LoadedFacts)
  | { readonly type: "load_failed"; readonly message: string }
  | { readonly type: "texts"; readonly items: readonly TextItem[] }
  /** All texts of the request were sent before. */
  | { readonly type: "ended"; readonly id: number; readonly end: GenerationEnd }
  | { readonly type: "counted"; readonly id: number; readonly end: CountEnd }
