import { Command } from "commander"
import process from "node:process"
import { fuzz, type FuzzReport } from "./fuzz.ts"
import { type FuzzedPlatform, withFuzzedPlatform } from "./platform.ts"

const print = ({ cases, slowestMs, byStatus, problems }: FuzzReport, seconds: number): void => {
  console.log(`${cases} cases in ${Math.round(seconds)} s; the slowest took ${Math.round(slowestMs)} ms`)
  for (const [status, count] of [...byStatus].toSorted(([a], [b]) => a - b)) console.log(`  ${status}: ${count}`)
  for (const problem of problems) console.log(problem)
}

const run = (options: { readonly cases: string; readonly seed: string }): Promise<void> =>
  withFuzzedPlatform(async (platform: FuzzedPlatform) => {
    const startedAt = performance.now()
    console.log(`seed ${options.seed}`)
    const report = await fuzz({ ...platform, scheme: "apiKey", cases: Number(options.cases), seed: Number(options.seed) })
    print(report, (performance.now() - startedAt) / 1_000)
    if (report.problems.length > 0) process.exitCode = 1
  })

await new Command("fuzz")
  .description("asks a network with the echo engine everything that its OpenAPI document allows, and much that it does not")
  .option("--cases <number>", "requests", "100000")
  .option("--seed <number>", "the same seed asks the same", String(Date.now() % 1_000_000))
  .action(run)
  .parseAsync()
