import { ipRanges, type IpRanges } from "#domain/policies/ip-ranges.ts"
import { forbidden } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"

export interface Place {
  /** Path of the route. */
  readonly endpoint: string
  /** Address of the client, behind proxies that are trusted. */
  readonly ip: string
}

/** Lists are few and seldom new: each is read once while it lives. */
const ranges = new WeakMap<readonly string[], IpRanges | null>()

/** Throws the 403 for what the key may not do from there. Costs nothing where it has no such limits. */
export const refuseByRules = ({ access: { limits } }: Caller, { endpoint, ip }: Place): void => {
  if (limits === null) return
  if (limits.ipRanges !== null && !isIn(limits.ipRanges, ip)) {
    throw forbidden({ code: "ip_not_allowed", message: "This API key may not be used from this IP address." })
  }
  if (limits.endpoints !== null && !limits.endpoints.includes(endpoint)) {
    throw forbidden({ code: "insufficient_permissions", message: `This API key may not use ${endpoint}.` })
  }
}

/** Throws the 403 for a model that is not on the key's list. */
export const refuseModel = ({ access: { limits } }: Caller, model: string): void => {
  if (limits === null || limits.models === null || limits.models.includes(model)) return
  throw forbidden({ code: "insufficient_permissions", param: "model", message: `This API key may not use the model \`${model}\`.` })
}

const isIn = (texts: readonly string[], ip: string): boolean => {
  const known = ranges.get(texts)
  const read = known === undefined ? ipRanges(texts) : known
  if (known === undefined) ranges.set(texts, read)
  return read?.has(ip) ?? false
}
