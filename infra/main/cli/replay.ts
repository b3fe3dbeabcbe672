import type { Command } from "commander"
import { rebuild, type RebuildOptions } from "#projections/audit/rebuild.ts"
import { type Verification, verify } from "#projections/audit/verify.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import type { Projection } from "#projections/projection.ts"
import { readModels } from "#projections/read-models.ts"
import { readModelDb } from "../../postgres/read-models.ts"
import type { DataFolder } from "../data-folder.ts"
import { CliFailure, EXIT, usage } from "../exit.ts"
import { toJsonLine } from "../output/json.ts"
import { formatRate, startProgress } from "../output/progress.ts"
import { differenceLines } from "../output/difference.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ReplayOptions extends CommonOptions {
  readonly verify?: true
}

export const registerReplay = (program: Command, cli: Cli): void => {
  command(program, "replay", "rebuild read models from the log, all or the named ones; readers go on meanwhile")
    .argument("[projection...]", `which ones: ${readModels.map(({ name }) => name).join(", ")}`)
    .option("--verify", "rebuild beside the live ones and compare byte for byte; exit code 1 with the first difference")
    .addHelpText("after", EXAMPLES)
    .action((names: readonly string[], options: ReplayOptions) => {
      const projections = named(names)
      const work = options.verify ? verifying : rebuilding
      return withFolder(options, cli, (folder) => work(folder, cli, options, projections))
    })
}

const EXAMPLES = `
Examples:
  resultity replay                 everything
  resultity replay balances usage
  resultity replay --verify && echo 'every number follows from the log'`

const named = (names: readonly string[]): readonly Projection[] => {
  const unknown = names.filter((name) => !readModels.some((projection) => projection.name === name))
  if (unknown.length > 0) {
    throw usage(`no read model is called ${unknown.join(" or ")}; there are ${readModels.map(({ name }) => name).join(", ")}`)
  }
  return names.length === 0 ? readModels : readModels.filter(({ name }) => names.includes(name))
}

const rebuilding = async (folder: DataFolder, cli: Cli, { json }: CommonOptions, projections: readonly Projection[]): Promise<void> => {
  const { events, seconds } = await withProgress(folder, "rebuilding", projections, (options) => folder.run(rebuild(options)))
  const names = projections.map(({ name }) => name)
  const line = json
    ? toJsonLine({ rebuilt: names, events, seconds, events_per_second: perSecond(events, seconds) })
    : `Rebuilt ${names.join(", ")}: ${formatRate(events, seconds * 1_000)}.`
  await cli.terminal.print(line)
}

const verifying = async (folder: DataFolder, cli: Cli, { json }: CommonOptions, projections: readonly Projection[]): Promise<void> => {
  await caughtUp(folder, cli)
  const started = performance.now()
  const found = await withProgress(folder, "verifying", projections, (options) => folder.run(verify(options)))
  const elapsedMs = performance.now() - started
  await cli.terminal.printAll(json ? [verdictJson(found, elapsedMs)] : verdict(found, elapsedMs))
  if (!found.equal) throw new CliFailure("a read model is not what the log says", EXIT.failure)
}

const verdict = (found: Verification, elapsedMs: number): readonly string[] => {
  if (!found.equal) return differenceLines(found.projection, found.difference)
  const rows = found.perTable.reduce((sum, table) => sum + table.rows, 0)
  return [`Equal, byte for byte: ${rows} rows in ${found.perTable.length} tables. ${formatRate(found.events, elapsedMs)}.`]
}

const verdictJson = (found: Verification, elapsedMs: number): string => {
  const rate = { events: found.events, seconds: elapsedMs / 1_000, events_per_second: perSecond(found.events, elapsedMs / 1_000) }
  if (!found.equal) return toJsonLine({ equal: false, ...rate, projection: found.projection, difference: found.difference })
  return toJsonLine({ equal: true, ...rate, tables: found.perTable })
}

const perSecond = (events: number, seconds: number): number => Math.round(events / Math.max(seconds, 0.001))

const withProgress = async <A>(
  folder: DataFolder,
  label: string,
  projections: readonly Projection[],
  work: (options: RebuildOptions) => Promise<A>,
): Promise<A> => {
  const head = await folder.run(folder.log.feed.head)
  const progress = startProgress(label, Number(head))
  try {
    const onProgress = ({ position }: { readonly position: bigint }) => progress.update(Number(position))
    return await work({ db: readModelDb(folder.pool), feed: folder.log.feed, projections, observer: silentObserver, onProgress })
  } finally {
    progress.stop()
  }
}
