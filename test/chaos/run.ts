import { Command, InvalidArgumentError } from "commander"
import process from "node:process"
import { killLoop } from "./kill-loop.ts"
import { startPlatform } from "./platform.ts"
import { PROFILES } from "./profiles.ts"

const parseCount = (text: string): number => {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("It takes a number of 1 or more.")
  return count
}

const MINUTE_MS = 60_000

interface Options {
  readonly kills: number
  readonly clients: number
  readonly profile: keyof typeof PROFILES
  readonly minutes?: number
  readonly json?: true
}

const run = async ({ kills, clients, profile, minutes, json }: Options): Promise<void> => {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const platform = await startPlatform({ ...PROFILES[profile], say })
  const enough = new AbortController()
  process.once("SIGINT", () => {
    say("no more kills; checking what was done (Ctrl-C again: stop without it)")
    enough.abort()
    process.once("SIGINT", () => void platform.stop().then(() => process.exit(130)))
  })
  const timer = minutes === undefined ? undefined : setTimeout(() => enough.abort(), minutes * MINUTE_MS)
  try {
    const report = await killLoop(platform, { kills, clients, enough: enough.signal, say })
    const { findings, recoveryMs, refused } = report
    if (json === true) process.stdout.write(`${JSON.stringify(report)}\n`)
    else {
      process.stdout.write(`${report.kills} kills, ${report.answers} answers, ${report.grants} grants, ${report.events} events\n`)
      process.stdout.write(`next answer after a kill: median ${recoveryMs.median} ms, longest ${recoveryMs.longest} ms (${recoveryMs.longestAfter})\n`)
      for (const [why, times] of Object.entries(refused)) process.stdout.write(`clients heard ${why}: ${times}\n`)
      process.stdout.write(findings.length === 0 ? "nothing lost, nothing doubled, books and read models right\n" : `${findings.join("\n")}\n`)
    }
    process.exitCode = findings.length === 0 ? 0 : 1
  } finally {
    clearTimeout(timer)
    await platform.stop()
  }
}

await new Command("chaos")
  .description("kills every process and every engine of the platform in turn, under load, and checks that nothing was lost, doubled or left open")
  .option("--kills <n>", "how many", parseCount, 300)
  .option("--clients <n>", "asking at once", parseCount, 4)
  .option("--profile <name>", `engines: ${Object.keys(PROFILES).join(", ")}`, "nats")
  .option("--minutes <n>", "at most so long; the checks follow", parseCount)
  .option("--json", "print the report as JSON")
  .action(run)
  .parseAsync()
