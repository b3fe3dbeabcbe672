interface ToolDelta {
  readonly index: number
  readonly id?: string
  readonly type?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}

interface Chunk {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly choices: readonly {
    readonly index: number
    readonly delta: { readonly role?: string; readonly content?: string | null; readonly tool_calls?: readonly ToolDelta[] }
    readonly finish_reason: string | null
  }[]
  readonly usage?: object | null
}

interface Asked {
  readonly requestBody: string
  /** The client read to the end, and it was no error. */
  readonly complete: boolean
}

const REPLACEMENT = "\uFFFD"

/** What clients rely on in a streamed chat and no schema can say. The chunks have the schema's form already. */
export const chatStreamProblems = (bodies: readonly unknown[], { requestBody, complete }: Asked): readonly string[] => {
  const chunks = bodies as readonly Chunk[]
  const choices = Map.groupBy(chunks.flatMap((chunk) => chunk.choices), ({ index }) => index)
  return [
    ...headProblems(chunks),
    ...usageProblems(chunks, { wanted: /"include_usage":\s*true/.test(requestBody), complete }),
    ...[...choices].flatMap(([index, deltas]) => choiceProblems(deltas, complete).map((problem) => `choice ${index}: ${problem}`)),
    ...(JSON.stringify(bodies).includes(REPLACEMENT) && !requestBody.includes(REPLACEMENT) ? ["a character was cut in two"] : []),
  ]
}

const headProblems = (chunks: readonly Chunk[]): readonly string[] => {
  const heads = new Set(chunks.map(({ id, created, model }) => JSON.stringify({ id, created, model })))
  return heads.size > 1 ? [`id, created and model change: ${[...heads].join(" ")}`] : []
}

const usageProblems = (chunks: readonly Chunk[], { wanted, complete }: { readonly wanted: boolean; readonly complete: boolean }): readonly string[] => {
  const withUsage = chunks.filter(({ usage }) => usage !== undefined && usage !== null)
  const empty = chunks.filter(({ choices }) => choices.length === 0)
  if (!wanted) return withUsage.length + empty.length > 0 ? ["usage or empty choices that nobody asked for"] : []
  if (!complete) return []
  const last = chunks.at(-1)
  const right = withUsage.length === 1 && empty.length === 1 && withUsage[0] === last && empty[0] === last
  return right ? [] : ["usage is not in exactly one last chunk without choices"]
}

type Deltas = Chunk["choices"]

const choiceProblems = (deltas: Deltas, complete: boolean): readonly string[] => {
  const [first, ...later] = deltas
  const problems: string[] = []
  if (first?.delta.role !== "assistant") problems.push("the first delta has no role")
  if (later.some(({ delta }) => "role" in delta)) problems.push("the role comes again")
  const ends = deltas.filter((one) => one.finish_reason !== null)
  if (complete && (ends.length !== 1 || ends[0] !== deltas.at(-1))) problems.push("finish_reason is not once, at the end")
  const calls = Map.groupBy(deltas.flatMap(({ delta }) => delta.tool_calls ?? []), ({ index }) => index)
  return [...problems, ...[...calls].flatMap(([index, parts]) => callProblems(parts).map((problem) => `call ${index}: ${problem}`))]
}

const callProblems = ([first, ...later]: readonly ToolDelta[]): readonly string[] => {
  const problems: string[] = []
  if (!first?.id || first.type !== "function" || !first.function?.name) problems.push("the first delta lacks id, type or name")
  if (typeof first?.function?.arguments !== "string") problems.push("the first delta has no arguments")
  if (later.some((part) => "id" in part || "type" in part || "name" in (part.function ?? {}))) problems.push("id, type or name come again")
  return problems
}
