import { type Command, Option } from "commander"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { defineLowBalance } from "#commands/alert/define-low-balance.ts"
import { alertQueries, type AlertView } from "#projections/alerts/query.ts"
import { namespaceQueries } from "#projections/namespaces/query.ts"
import { usage } from "../exit.ts"
import { requireNamespace } from "../known-namespace.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount, parseMicroCredits, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ListOptions extends CommonOptions {
  readonly namespace?: NamespaceId
  readonly state?: "open" | "resolved"
  readonly limit: number
}

interface ThresholdOptions extends CommonOptions {
  readonly namespace: NamespaceId
  readonly below?: bigint
  readonly never?: true
}

const LINES = 50

export const registerAlerts = (program: Command, cli: Cli): void => {
  const alerts = program.command("alerts").description("what owners of namespaces should know: spikes, failures, low balances")
  command(alerts, "list", "alerts, newest first")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .addOption(new Option("--state <state>", "only these").choices(["open", "resolved"]))
    .option("--limit <n>", "at most so many", parseCount, LINES)
    .action((options: ListOptions) => withFolder(options, cli, async (folder) => {
      await caughtUp(folder, cli)
      const { namespace, state = null, limit } = options
      const namespaceIds = namespace === undefined ? (await namespaceQueries(folder.readDb).list()).map(({ namespaceId }) => namespaceId) : [namespace]
      const all = await alertQueries(folder.readDb).list({ namespaceIds, state, limit, after: null })
      await (options.json ? cli.terminal.print(toJsonLine(all)) : cli.terminal.printAll(renderTable(COLUMNS, all)))
    }))
  command(alerts, "low-balance", "say below how much a balance is low")
    .requiredOption("--namespace <id>", "whose balance", parseNamespaceId)
    .option("--below <micro>", "micro-credits (1000000 is one credit, which is the default)", parseMicroCredits)
    .option("--never", "no balance is low")
    .addHelpText("after", "\nExample:\n  resultity alerts low-balance --namespace ns_… --below 5000000")
    .action((options: ThresholdOptions) => {
      const { namespace: namespaceId, below, never } = options
      if ((below === undefined) === (never === undefined)) throw usage("say below how much: either --below MICRO or --never")
      return withFolder(options, cli, async (folder) => {
        await requireNamespace(folder, namespaceId)
        await folder.run(defineLowBalance({ namespaceId, amount: below ?? null }))
        await caughtUp(folder, cli)
        const shown = { namespace_id: namespaceId, low_balance: below === undefined ? null : String(below) }
        await cli.terminal.print(options.json ? toJsonLine(shown) : `A balance of ${namespaceId} is low ${below === undefined ? "never" : `below ${below} micro-credits`}.`)
      })
    })
}

const COLUMNS: readonly Column<AlertView>[] = [
  { title: "raised", value: (alert) => formatTime(alert.raisedAt) },
  { title: "resolved", value: (alert) => (alert.resolvedAt === null ? "" : formatTime(alert.resolvedAt)) },
  { title: "namespace", value: (alert) => alert.namespaceId },
  { title: "kind", value: (alert) => alert.kind },
  { title: "about", value: (alert) => alert.subject },
  { title: "value", value: (alert) => alert.value, align: "right" },
  { title: "bound", value: (alert) => alert.threshold, align: "right" },
]
