import { Effect, type ManagedRuntime, type Scope } from "effect"

/** Runs until it is stopped; `stop` resolves when it has let go of everything. */
export const inBackground = <Services>(
  runtime: ManagedRuntime.ManagedRuntime<Services, never>,
  work: Effect.Effect<unknown, unknown, Services | Scope.Scope>,
): { readonly stop: () => Promise<void> } => {
  const fiber = runtime.runFork(Effect.scoped(work))
  const gone = new Promise<void>((resolve) => fiber.addObserver(() => resolve()))
  return {
    stop: () => {
      fiber.interruptUnsafe()
      return gone
    },
  }
}
