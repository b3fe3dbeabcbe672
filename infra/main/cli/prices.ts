import type { Command } from "commander"
import { policyQueries } from "#projections/policies/query.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

const ENVIRONMENT = "testnet"

interface Price {
  readonly model: string
  readonly inputRate: bigint
  readonly outputRate: bigint
}

const COLUMNS: readonly Column<Price>[] = [
  { title: "model", value: ({ model }) => (model === "*" ? "every other model" : model) },
  { title: "per 1M prompt tokens", value: ({ inputRate }) => formatCredits(inputRate), align: "right" },
  { title: "per 1M output tokens", value: ({ outputRate }) => formatCredits(outputRate), align: "right" },
]

/** The published rules that every hold and award names by their hash. */
export const registerPrices = (program: Command, cli: Cli): void => {
  command(program, "prices", "the published price list and who gets which part").action((options: CommonOptions) =>
    withFolder(options, cli, async (folder) => {
      await caughtUp(folder, cli)
      const policy = await policyQueries(folder.readDb).current(ENVIRONMENT)
      if (options.json) return cli.terminal.print(toJsonLine(policy))
      if (policy === null) return cli.terminal.note("no price list yet: the first `resultity up` publishes one")
      const { document, ruleHash, publishedAt } = policy
      const prices = Object.entries(document.rates).map(([model, rate]) => ({ model, ...rate }))
      await cli.terminal.printAll([
        ...renderTable(COLUMNS, prices),
        "",
        `operators get ${document.operatorSharePercent} % of each settled price; rules version ${document.version}, published ${formatTime(publishedAt)}`,
        `rule hash ${ruleHash}`,
      ])
    }),
  )
}
