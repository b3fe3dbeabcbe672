export interface ServerSentEvent {
  /** Empty without an `event:` line. */
  readonly name: string
  readonly data: string
}

export interface ReadEvents {
  /** All but `[DONE]`. */
  readonly events: readonly ServerSentEvent[]
  readonly done: boolean
  readonly problems: readonly string[]
}

const DONE = "[DONE]"

/** Reads a stream more strictly than clients do: one `data:` line an event, at most a name, id and comments beside it, `[DONE]` last. */
export const readEvents = (text: string, complete: boolean): ReadEvents => {
  const blocks = text.split("\n\n")
  const rest = blocks.pop() ?? ""
  const problems = complete && rest !== "" ? [`the stream ends in the middle of an event: ${rest.slice(0, 80)}`] : []
  const events: ServerSentEvent[] = []
  for (const block of blocks) {
    const lines = block.split("\n").filter((line) => !line.startsWith(":"))
    const fields = new Map(lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]))
    const data = fields.get("data")
    const strange = lines.filter((line) => !/^(data|event|id): ./.test(line))
    if (data === undefined || fields.size !== lines.length || strange.length > 0) problems.push(`not an event: ${block.slice(0, 80)}`)
    else events.push({ name: fields.get("event") ?? "", data })
  }
  const end = events.findIndex(({ data }) => data === DONE)
  if (end >= 0 && end !== events.length - 1) problems.push("something follows [DONE]")
  return { events: events.filter(({ data }) => data !== DONE), done: end >= 0, problems }
}
