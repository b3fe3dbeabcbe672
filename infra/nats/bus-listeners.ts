import type { Subscription } from "@nats-io/transport-node"
import type { Unsubscribe } from "#commands/ports/bus.ts"

/** Who listens to one subject in this process. Replaced, never changed: a message under way reaches those who listened when it came. */
export interface Listeners<Listener> {
  readonly list: readonly Listener[]
}

interface Open<Listener> {
  readonly subscription: Subscription
  list: readonly Listener[]
}

/** One subscription per subject however many listen; it ends with the last of them. */
export const listeners = <Listener>(
  subscribe: (subject: string, on: () => Listeners<Listener>) => Subscription,
): ((subject: string, listener: Listener) => Unsubscribe) => {
  const all = new Map<string, Open<Listener>>()

  return (subject, listener) => {
    const on: Open<Listener> = all.get(subject) ?? { subscription: subscribe(subject, () => on), list: [] }
    all.set(subject, on)
    on.list = [...on.list, listener]
    let listening = true
    return () => {
      if (!listening) return
      listening = false
      on.list = on.list.toSpliced(on.list.lastIndexOf(listener), 1)
      if (on.list.length > 0) return
      all.delete(subject)
      on.subscription.unsubscribe()
    }
  }
}
