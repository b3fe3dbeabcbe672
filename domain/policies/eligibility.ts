import type { NodePresenceView } from "./node-choice.ts"

/** Why a node may not be given a job now, or null when it may. */
export type Ineligible = "wrong_environment" | "model_missing" | "context_too_short" | "no_free_slot" | "silent" | "session_gone"

export interface JobNeeds {
  readonly environment: string
  readonly model: string
  /** Prompt and output tokens together. */
  readonly contextTokens: number
  /** The longest answer it may give. */
  readonly outputTokens: number
  /** Sessions that cannot have it, whatever is still said of them. */
  readonly goneSessions: readonly string[]
}

/** Jobs that a node takes: those in its slots, and one more for each slot, which waits there. */
export const mostJobs = (slots: number): number => slots * 2

/** An answer that can take longer than this waits for a free slot anywhere instead of being bound to a busy node. */
const SHORT_ANSWER_S = 5

/**
 * Jobs that may be on a node at once, waiting ones included. A slot is idle from the end of one job until the next one is there, some
 * milliseconds: nothing for a long answer, a tenth of a short one. So a node that ends the longest possible answer of
 * `outputTokens` within `SHORT_ANSWER_S` may have its next jobs at hand; any other gets one when it has a free slot.
 */
export const roomFor = ({ slots, tokensPerSecond }: Pick<NodePresenceView, "slots" | "tokensPerSecond">, outputTokens: number): number =>
  outputTokens <= tokensPerSecond * SHORT_ANSWER_S ? mostJobs(slots) : slots

/** The rules of the shared decisions that exist today: online, same environment, model active, context fits, room for one more. */
export const ineligible = (node: NodePresenceView, needs: JobNeeds, at: number, silenceMs: number): Ineligible | null => {
  if (node.environment !== needs.environment) return "wrong_environment"
  if (at - node.lastSeenAt > silenceMs) return "silent"
  if (needs.goneSessions.includes(node.sessionId)) return "session_gone"
  const model = node.models.find((candidate) => candidate.name === needs.model)
  if (model === undefined) return "model_missing"
  if (model.contextLength < needs.contextTokens) return "context_too_short"
  return node.busy >= roomFor(node, needs.outputTokens) ? "no_free_slot" : null
}
