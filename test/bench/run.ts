import { Argument, Command } from "commander"
import process from "node:process"
import { SETTINGS } from "#infra/config/settings.ts"
import { cleanUpWhenInterrupted } from "./clean-up.ts"
import { benchCompletions } from "./completions.ts"
import { benchDistributed } from "./distributed.ts"
import { benchFeed } from "./feed.ts"
import { benchGateways } from "./gateways/gateways.ts"
import { benchHandle } from "./handle.ts"
import { benchJetstream } from "./jetstream.ts"
import { benchLatency } from "./latency.ts"
import { printMachine } from "./machine.ts"
import { FULL, type Plan, QUICK } from "./plan.ts"
import { benchReplay } from "./replay.ts"
import { benchTokens } from "./tokens.ts"

const SECTIONS: Readonly<Record<string, (plan: Plan) => Promise<void>>> = {
  handle: benchHandle,
  jetstream: benchJetstream,
  feed: benchFeed,
  replay: benchReplay,
  tokens: benchTokens,
  latency: benchLatency,
  completions: benchCompletions,
  distributed: benchDistributed,
  gateways: benchGateways,
}

const run = async (chosen: readonly string[], options: { readonly quick?: true; readonly profile?: string }): Promise<void> => {
  // Every section makes its own durable servers and throws them away; an owner's are not for benchmarks.
  for (const { name } of SETTINGS) delete process.env[name]
  cleanUpWhenInterrupted()
  printMachine()
  const plan = { ...(options.quick === true ? QUICK : FULL), profileDir: options.profile ?? null }
  for (const [name, bench] of Object.entries(SECTIONS)) {
    if (chosen.length === 0 || chosen.includes(name)) await bench(plan)
  }
}

await new Command("bench")
  .description("measures the network on this machine against what it is built on and against its peers; prints ratios")
  .addArgument(new Argument("[section...]", "which; all when none is named").choices(Object.keys(SECTIONS)))
  .option("--quick", "short measurements: shows that it works, the figures are rough")
  .option("--profile <folder>", "write CPU profiles of the network process there")
  .action(run)
  .parseAsync()
