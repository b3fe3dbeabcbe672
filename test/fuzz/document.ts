/** JSON Schema as far as our documents use it. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

export interface DocumentedParameter {
  readonly name: string
  readonly in: "path" | "query" | "header"
  readonly required: boolean
  readonly schema: JsonSchema
}

export interface DocumentedOperation {
  readonly operationId: string
  readonly security: readonly object[]
  readonly parameters?: readonly DocumentedParameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

/** A document as a gateway serves it. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export interface Target extends DocumentedOperation {
  readonly method: string
  readonly path: string
}

/** Those that one security scheme opens, and those that need none; or all. */
export const targetsOf = ({ paths }: ApiDocument, scheme?: string): readonly Target[] =>
  Object.entries(paths)
    .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })))
    .filter(({ security }) => scheme === undefined || security.length === 0 || security.some((one) => scheme in one))

export const resolved = ({ components }: ApiDocument, schema: JsonSchema): JsonSchema => {
  if (schema.$ref === undefined) return schema
  const found = components.schemas[schema.$ref.replace("#/components/schemas/", "")]
  if (found === undefined) throw new Error(`${schema.$ref} is not in the document`)
  return found
}
