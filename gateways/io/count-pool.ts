import type { BusShape, Unsubscribe } from "#commands/ports/bus.ts"
import { type CountReply, type CountRequest, countSubject } from "#domain/protocol/bus-messages.ts"
import { COUNT_PATIENCE_MS, MAX_COUNTERS_ASKED } from "./limits.ts"

type Ask = (request: CountRequest) => Promise<CountReply>

/** One session as a counter of prompts. */
interface Counter {
  readonly ask: Ask
  /** Which of the pool's failures was its last; 0: none since it last helped. */
  failure: number
}

interface Serving {
  readonly counters: Set<Counter>
  readonly stop: Unsubscribe
}

const NO_NODE: CountReply = { ok: false, reason: "no_node", message: "no node answered in time" }

/**
 * Who counts prompts in this process: one server on the bus per model, whatever the number of its sessions. A node that stopped or
 * lies about its answers must not hold up its model, so another one is asked soon, and it is asked last from then on.
 */
export class CountPool {
  readonly #bus: Pick<BusShape, "serve">
  readonly #patienceMs: number
  readonly #models = new Map<string, Serving>()
  #failures = 0

  constructor(bus: Pick<BusShape, "serve">, patienceMs = COUNT_PATIENCE_MS) {
    this.#bus = bus
    this.#patienceMs = patienceMs
  }

  /** Takes part in counting prompts of `model` until it is called off. */
  join(model: string, ask: Ask): Unsubscribe {
    const counter: Counter = { ask, failure: 0 }
    const serving = this.#models.get(model) ?? {
      counters: new Set(),
      stop: this.#bus.serve(countSubject(model), (request) => this.#count(model, request as CountRequest)),
    }
    this.#models.set(model, serving)
    serving.counters.add(counter)
    return () => {
      serving.counters.delete(counter)
      if (serving.counters.size > 0 || this.#models.get(model) !== serving) return
      this.#models.delete(model)
      serving.stop()
    }
  }

  /** The first good answer; one that does not come soon is still awaited beside the next. */
  #count(model: string, request: CountRequest): Promise<CountReply> {
    const untried = this.#inTurn(model)
    return new Promise((resolve) => {
      let waiting = 0
      let timer: NodeJS.Timeout | undefined
      let answered = false
      const next = (worst: CountReply): void => {
        clearTimeout(timer)
        const counter = answered ? undefined : untried.shift()
        if (counter === undefined) return waiting === 0 ? resolve(worst) : undefined
        waiting += 1
        const late = () => (this.#failed(counter), next(NO_NODE))
        timer = setTimeout(late, this.#patienceMs)
        void counter.ask(request).catch(() => NO_NODE).then((reply) => {
          waiting -= 1
          // What one node's model cannot do another's may; it is no fault of the node.
          if (!reply.ok && reply.reason === "unsupported") return next(reply)
          if (!reply.ok) return this.#failed(counter), next(reply)
          if (!answered) counter.failure = 0
          answered = true
          clearTimeout(timer)
          resolve(reply)
        })
      }
      next(NO_NODE)
    })
  }

  /** Who has not failed, or not for long, comes first; among equals everyone in turn. */
  #inTurn(model: string): Counter[] {
    const counters = this.#models.get(model)?.counters ?? new Set()
    const [first, ...others] = [...counters].sort((a, b) => a.failure - b.failure)
    if (first === undefined) return []
    counters.delete(first)
    counters.add(first)
    return [first, ...others].slice(0, MAX_COUNTERS_ASKED)
  }

  #failed(counter: Counter): void {
    counter.failure = this.#failures += 1
  }
}
