/** One event of a stream, as a client that may come back keeps it. */
export interface StreamEvent {
  readonly id: string | null
  readonly data: string
}

/** Reads so many events of a stream, then hangs up; all of them without a number. */
export const readEvents = async (response: Response, count = Infinity): Promise<readonly StreamEvent[]> => {
  const events: StreamEvent[] = []
  let held = ""
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  while (reader !== undefined && events.length < count) {
    const { done, value } = await reader.read()
    if (done) break
    held += value
    const blocks = held.split("\n\n")
    held = blocks.pop() ?? ""
    for (const block of blocks) {
      const lines = block.split("\n").filter((line) => !line.startsWith(":"))
      const valueOf = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null
      const data = valueOf("data")
      if (data !== null) events.push({ id: valueOf("id"), data })
    }
  }
  await reader?.cancel()
  return events.slice(0, count)
}

export const textOf = (events: readonly StreamEvent[]): string =>
  events.map(({ data }) => (data === "[DONE]" ? "" : (JSON.parse(data).choices?.[0]?.delta?.content ?? ""))).join("")
