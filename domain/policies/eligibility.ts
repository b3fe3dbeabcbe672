import type { NodePresenceView } from "./node-choice.ts"

/** Why a node may not be given a job now, or null when it may. */
export type Ineligible = "wrong_environment" | "model_missing" | "context_too_short" | "no_free_slot" | "silent"

export interface JobNeeds {
  readonly environment: string
  readonly model: string
  /** Prompt and output tokens together. */
  readonly contextTokens: number
}

/** The rules of the shared decisions that exist today: online, same environment, model active, context fits, slot free. */
export const ineligible = (node: NodePresenceView, needs: JobNeeds, at: number, silenceMs: number): Ineligible | null => {
  if (node.environment !== needs.environment) return "wrong_environment"
  if (at - node.lastSeenAt > silenceMs) return "silent"
  const model = node.models.find((candidate) => candidate.name === needs.model)
  if (model === undefined) return "model_missing"
  if (model.contextLength < needs.contextTokens) return "context_too_short"
  return node.busy >= node.slots ? "no_free_slot" : null
}
