import process from "node:process"

// Computes for a share of one core, in the short steps in which a server works, and rests in between.
process.on("disconnect", () => process.exit(0))
process.on("SIGINT", () => {})

/** From one step to the next: about what lies between two messages of a busy stream. */
const PERIOD_MS = 2

const share = Number(process.argv[2])

const step = (): void => {
  const until = performance.now() + share * PERIOD_MS
  while (performance.now() < until);
  setTimeout(step, (1 - share) * PERIOD_MS)
}
step()
