const PARAMETER = /\{(\+?)(\w+)\}/g

/** `/v1/models/{+id}` as it stands in an OpenAPI document: `/v1/models/{id}`. */
export const documentedPath = (path: string): string => path.replace(PARAMETER, "{$2}")

/** ... and as Fastify's router takes it: `/v1/models/*`; `/v1/keys/{id}` is `/v1/keys/:id`. */
export const routedPath = (path: string): string => path.replace(PARAMETER, (_, spans, name) => (spans === "+" ? "*" : `:${name}`))

export const parameterNames = (path: string): readonly string[] => [...path.matchAll(PARAMETER)].map((match) => match[2] ?? "")

/** The router's name for a parameter of this path, or null when the path has none of that name. */
export const routedName = (path: string, name: string): string | null => {
  const match = [...path.matchAll(PARAMETER)].find((one) => one[2] === name)
  if (match === undefined) return null
  return match[1] === "+" ? "*" : name
}

/** Matches what the router would take for this path, whatever the method. */
export const pathPattern = (path: string): RegExp => {
  const pattern = path.replace(/[.*?^$()[\]|\\]/g, "\\$&").replace(PARAMETER, (_, spans) => (spans === "+" ? ".*" : "[^/]+"))
  return new RegExp(`^${pattern}/?$`)
}
