import { Effect } from "effect"
import { type BusShape, NoReply, type Unsubscribe } from "#commands/ports/bus.ts"

type Handler = (message: unknown) => void
type Server = (message: unknown) => Promise<unknown>

/** The bus of one process: publishing is a function call. `onDefect` hears of handlers that throw; the others still get the message. */
export const memoryBus = (onDefect: (cause: unknown) => void = () => {}): BusShape => {
  const subscribers = new Map<string, Handler[]>()
  const servers = new Map<string, Server[]>()

  return {
    patienceMs: 0,
    publish: (subject, message) => {
      const handlers = subscribers.get(subject)
      if (handlers === undefined) return
      for (const handler of handlers) {
        try {
          handler(message)
        } catch (cause) {
          onDefect(cause)
        }
      }
    },
    subscribe: (subject, handler) => add(subscribers, subject, handler),
    serve: (subject, handler) => add(servers, subject, handler),
    request: (subject, message, timeoutMs) =>
      Effect.callback((resume) => {
        const noReply = () => resume(Effect.fail(new NoReply({ subject })))
        const server = servers.get(subject)?.at(-1)
        if (server === undefined) return noReply()
        const timer = setTimeout(noReply, timeoutMs)
        answer(server, message)
          .then((reply) => resume(Effect.succeed(reply)))
          .catch((cause: unknown) => {
            onDefect(cause)
            noReply()
          })
          .finally(() => clearTimeout(timer))
        return Effect.sync(() => clearTimeout(timer))
      }),
  }
}

/** A server that throws before it returns a promise fails like one that rejects. */
const answer = async (server: Server, message: unknown): Promise<unknown> => server(message)

/** Lists are replaced, never changed: a message under way reaches those who listened when it was sent. */
const add = <Listener>(lists: Map<string, Listener[]>, subject: string, listener: Listener): Unsubscribe => {
  lists.set(subject, [...(lists.get(subject) ?? []), listener])
  let listening = true
  return () => {
    if (!listening) return
    listening = false
    const list = lists.get(subject) ?? []
    const left = list.toSpliced(list.lastIndexOf(listener), 1)
    if (left.length === 0) lists.delete(subject)
    else lists.set(subject, left)
  }
}
