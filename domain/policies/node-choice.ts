/** What the choice of a node looks at. */
export interface NodePresenceView {
  readonly nodeId: string
  readonly sessionId: string
  readonly environment: string
  readonly models: readonly { readonly name: string; readonly contextLength: number }[]
  readonly slots: number
  /** Slots in use. */
  readonly busy: number
  readonly lastSeenAt: number
  readonly tokensPerSecond: number
}

/** Expected tokens/s for one more job: the node's speed shared by what it would then run. Higher is better. */
export const score = (node: NodePresenceView): number => node.tokensPerSecond / (node.busy + 1)

/**
 * Power of two choices: of two random candidates the better one, so that many dispatchers with the same view do not all pick the
 * same node. `random` is two numbers in [0, 1). Null when there is no candidate.
 */
export const chooseNode = <Node extends NodePresenceView>(
  candidates: readonly Node[],
  random: readonly [number, number],
): Node | null => {
  const first = candidates[Math.floor(random[0] * candidates.length)]
  if (first === undefined) return null
  const others = candidates.filter((candidate) => candidate !== first)
  const second = others[Math.floor(random[1] * others.length)]
  return second !== undefined && score(second) > score(first) ? second : first
}
