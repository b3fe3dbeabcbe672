/** A process that holds a lease and says on each line of its input whether it still does. Arguments: URL, prefix, name, ttl in ms. */
import process from "node:process"
import { createInterface } from "node:readline"
import { Effect } from "effect"
import { openRedis } from "#infra/redis/connect.ts"
import { redisLeases } from "#infra/redis/leases.ts"

const [url = "", prefix = "", name = "", ttlMs = ""] = process.argv.slice(2)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const link = await openRedis(url, { name: "lease-process", onError: () => {} })
await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const lease = yield* redisLeases(link, { prefix }).acquire(name, Number(ttlMs))
      createInterface(process.stdin).on("line", () => say(lease.stillHeld() ? "held" : "lost"))
      say(`fence ${lease.fence}`)
      yield* lease.lost
      say("told")
      yield* Effect.never
    }),
  ),
)
