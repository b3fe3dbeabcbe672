import { MAX_PAGE_CHARACTERS } from "./tape.ts"

const EVENT_STREAM = /^text\/event-stream\b/i
const BLANK = "\n\n"

export const isEventStream = ({ headers }: { readonly headers: Readonly<Record<string, string>> }): boolean =>
  EVENT_STREAM.test(headers["content-type"] ?? "")

/** Cuts a reply into the parts that a reader counts: a stream into its events, without signs of life; a body into pieces. */
export const partCutter = (isStream: boolean): { readonly cut: (text: string) => readonly string[]; readonly rest: () => string } => {
  let held = ""
  const cut = (text: string): readonly string[] => {
    held += text
    if (!isStream) return pieces()
    const events = held.split(BLANK)
    held = events.pop() ?? ""
    return events.map(withoutComments).filter((event) => event !== "").map((event) => event + BLANK)
  }
  const pieces = (): readonly string[] => {
    const whole: string[] = []
    for (; held.length >= MAX_PAGE_CHARACTERS; held = held.slice(MAX_PAGE_CHARACTERS)) whole.push(held.slice(0, MAX_PAGE_CHARACTERS))
    return whole
  }
  return { cut, rest: () => (isStream ? "" : held) }
}

const withoutComments = (event: string): string => {
  if (!event.startsWith(":") && !event.includes("\n:")) return event
  return event.split("\n").filter((line) => !line.startsWith(":")).join("\n")
}

/** All parts of a reply that is there in full. */
export const partsOf = (reply: { readonly headers: Readonly<Record<string, string>>; readonly body: string }): readonly string[] => {
  const { cut, rest } = partCutter(isEventStream(reply))
  const parts = cut(reply.body)
  return rest() === "" ? parts : [...parts, rest()]
}
