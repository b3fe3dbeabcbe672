import type { FastifyRequest } from "fastify"
import { Schema } from "effect"
import { ApiError, unavailable } from "../../http/api-error.ts"
import type { Parameter } from "../../http/routes.ts"
import { invalidValue } from "./read-fields.ts"

const REGIONS = ["NA", "EU", "SEA", "ME", "SA"] as const
const CLASSES = ["own", "vetted", "community"] as const

const REGION = "X-Resultity-Region"
const CLASS = "X-Resultity-Class"
const SUBCLOUD = "X-Resultity-Subcloud"
const SUBCLOUD_NAME = /^[\x21-\x7e]{1,128}$/
/** After a region: rather there, but anywhere. */
const PREFER = "prefer"
/** Longer than any wish that means something. */
const MAX_WISH_CHARACTERS = 64

/** Where a request wants to be run. */
export const ROUTING_PARAMETERS: readonly Parameter[] = [
  { in: "header", name: REGION, description: `The region that must run it, one of ${REGIONS.join(", ")}; with \`; prefer\` behind it, rather there but anywhere. No node declares one yet.` },
  { in: "header", name: CLASS, description: "Whose nodes may run it: `community` (any), `vetted` or `own`. No node is of the latter two yet.", schema: Schema.Literals(CLASSES) },
  { in: "header", name: SUBCLOUD, description: "The Subcloud whose nodes must run it. There are none yet." },
]

/**
 * Throws when a request asks to be run where nobody can run it. Nodes declare no region and no class yet, and there are no Subclouds: a
 * wish for one is fulfilled anyhow or refused, never taken for granted.
 */
export const checkRouting = (headers: FastifyRequest["headers"]): void => {
  checkSubcloud(single(headers[SUBCLOUD.toLowerCase()]))
  checkClass(single(headers[CLASS.toLowerCase()]))
  checkRegion(single(headers[REGION.toLowerCase()]))
}

const single = (header: string | string[] | undefined): string | null => (header === undefined ? null : String(header).trim())

const checkRegion = (wanted: string | null): void => {
  if (wanted === null) return
  const [asked, manner, ...more] = wanted.slice(0, MAX_WISH_CHARACTERS + 1).split(";").map((part) => part.trim().toLowerCase())
  const region = REGIONS.find((one) => one.toLowerCase() === asked)
  const isKnown = more.length === 0 && (manner === undefined || manner === PREFER)
  if (region === undefined || !isKnown || wanted.length > MAX_WISH_CHARACTERS) {
    throw invalidValue(REGION, `expected one of ${REGIONS.join(", ")}`)
  }
  if (manner !== PREFER) throw unavailable("no_node_in_region", `No node declares the region ${region}, which ${REGION} requires.`)
}

const checkClass = (wanted: string | null): void => {
  if (wanted === null) return
  const asked = CLASSES.find((one) => one === wanted.toLowerCase())
  if (asked === undefined) throw invalidValue(CLASS, `expected one of ${CLASSES.join(", ")}`)
  if (asked !== "community") throw unavailable("no_node_in_class", `No node is of the class ${asked}, which ${CLASS} requires.`)
}

const checkSubcloud = (wanted: string | null): void => {
  if (wanted === null) return
  if (!SUBCLOUD_NAME.test(wanted)) throw invalidValue(SUBCLOUD, "expected the name of a Subcloud")
  throw new ApiError({
    status: 404, type: "invalid_request_error", code: "subcloud_not_found", param: SUBCLOUD,
    message: `The Subcloud \`${wanted}\` does not exist or you do not have access to it.`,
  })
}
