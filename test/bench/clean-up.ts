import process from "node:process"

type Close = () => Promise<unknown>

const open = new Set<Close>()

/** Runs `close` once: when the returned function is called, or when somebody presses Ctrl-C before that. */
export const closedAtTheLatest = (close: Close): (() => Promise<void>) => {
  open.add(close)
  return async () => {
    if (open.delete(close)) await close()
  }
}

/** A bench that is interrupted leaves no server behind. */
export const cleanUpWhenInterrupted = (): void => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      // Whoever still uses a server that is going down may throw as it likes.
      process.on("uncaughtException", () => {})
      process.on("unhandledRejection", () => {})
      const closing = [...open].reverse().map((close) => close())
      void Promise.allSettled(closing).then(() => process.exit(130))
    })
  }
}
