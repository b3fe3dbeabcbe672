import { MAX_PER_NODE, MAX_REMEMBERED_NODES, PER_NODE_MS } from "./limits.ts"

interface Recent {
  /** `issued_at` of the latest request that was granted. */
  readonly issuedAt: number
  /** When the granted requests of the last `PER_NODE_MS` came. */
  readonly grantedAt: readonly number[]
}

export type Admission = { readonly verdict: "granted" | "repeated" } | { readonly verdict: "too_many"; readonly retryAfterMs: number }

/**
 * What this process granted lately. A request that another `gate` granted may be granted here once more: the same key gets the same
 * rights until the same moment, so nobody gains by it.
 */
export class RecentRequests {
  readonly #nodes = new Map<string, Recent>()

  /** Notes the request as granted, or says why it is not. Only for requests whose signature is good. */
  admit(nodeId: string, { issuedAt, now }: { readonly issuedAt: number; readonly now: number }): Admission {
    const known = this.#nodes.get(nodeId)
    const lately = (known?.grantedAt ?? []).filter((at) => at > now - PER_NODE_MS)
    if (known !== undefined && issuedAt <= known.issuedAt) return { verdict: "repeated" }
    const oldest = lately[0]
    if (oldest !== undefined && lately.length >= MAX_PER_NODE) return { verdict: "too_many", retryAfterMs: oldest + PER_NODE_MS - now }
    this.#remember(nodeId, { issuedAt, grantedAt: [...lately, now] })
    return { verdict: "granted" }
  }

  #remember(nodeId: string, recent: Recent): void {
    this.#nodes.delete(nodeId)
    this.#nodes.set(nodeId, recent)
    const oldest = this.#nodes.keys().next()
    if (this.#nodes.size > MAX_REMEMBERED_NODES && !oldest.done) this.#nodes.delete(oldest.value)
  }
}
