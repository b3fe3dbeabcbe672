import { Effect } from "effect"
import { type BusShape, NoReply } from "#commands/ports/bus.ts"

type Handler = (message: unknown) => void
type Server = (message: unknown) => Promise<unknown>

const addTo = <Item>(bySubject: Map<string, Item[]>, subject: string, item: Item) => {
  bySubject.set(subject, [...(bySubject.get(subject) ?? []), item])
  return () => {
    const rest = (bySubject.get(subject) ?? []).filter((other) => other !== item)
    if (rest.length > 0) bySubject.set(subject, rest)
    else bySubject.delete(subject)
  }
}

/** Delivers at once, in this process; says who listens, so that a test can see what was left behind. */
export const fakeBus = (): BusShape & { readonly listeners: () => readonly string[] } => {
  const handlers = new Map<string, Handler[]>()
  const servers = new Map<string, Server[]>()
  return {
    patienceMs: 0,
    publish: (subject, message) => {
      for (const handler of handlers.get(subject) ?? []) handler(message)
    },
    subscribe: (subject, handler) => addTo(handlers, subject, handler),
    serve: (subject, handler) => addTo(servers, subject, handler),
    request: (subject, message) => {
      const server = servers.get(subject)?.at(-1)
      if (server === undefined) return Effect.fail(new NoReply({ subject }))
      return Effect.tryPromise({ try: () => server(message), catch: () => new NoReply({ subject }) })
    },
    listeners: () => [...handlers.keys(), ...servers.keys()],
  }
}
