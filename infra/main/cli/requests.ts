import type { Command } from "commander"
import { cancelRequest } from "#commands/request/end-request.ts"
import type { NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { requestQueries, type RequestStatusName, type RequestView } from "#projections/requests/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { failure } from "../exit.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, printable, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount, parseNamespaceId, parseRequestId, parseRequestStatus } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ListOptions extends CommonOptions {
  readonly namespace?: NamespaceId
  readonly status?: RequestStatusName
  readonly limit: number
}

interface OneOptions extends CommonOptions {
  readonly id: RequestId
}

const LISTED_REQUESTS = 20

export const registerRequests = (program: Command, cli: Cli): void => {
  const requests = program.command("requests").description("requests that can be repeated under a key, or whose answers are fetched later")
  command(requests, "list", "the newest of them")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .option("--status <status>", "queued, in_progress, completed, failed, cancelled or expired", parseRequestStatus)
    .option("--limit <n>", "at most so many", parseCount, LISTED_REQUESTS)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  command(requests, "show", "how it stands with one of them, and which jobs it became")
    .argument("<id>", "answers carry it as x-resultity-request-id, and `requests list` has it", parseRequestId)
    .action((id: RequestId, options: CommonOptions) => withFolder(options, cli, (folder) => show(folder, cli, { ...options, id })))
  command(requests, "cancel", "ends one that has no answer yet; what was generated until then is charged")
    .argument("<id>", "its id", parseRequestId)
    .action((id: RequestId, options: CommonOptions) => withFolder(options, cli, (folder) => cancel(folder, cli, { ...options, id })))
}

const list = async (folder: DataFolder, cli: Cli, { namespace, status, limit, json }: ListOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const found = await requestQueries(folder.readDb).list({ namespaceId: namespace ?? null, status: status ?? null, after: null, limit })
  if (json) return cli.terminal.print(toJsonLine(found))
  await cli.terminal.printAll(renderTable(COLUMNS, found))
}

const COLUMNS: readonly Column<RequestView>[] = [
  { title: "request", value: (request) => request.requestId },
  { title: "accepted", value: (request) => formatTime(request.acceptedAt) },
  { title: "status", value: (request) => request.status },
  { title: "mode", value: (request) => request.mode },
  { title: "endpoint", value: (request) => request.endpoint },
  { title: "model", value: (request) => printable(request.model ?? "-") },
  { title: "jobs", value: (request) => String(request.jobIds.length), align: "right" },
]

const requestOf = async (folder: DataFolder, cli: Cli, id: RequestId): Promise<RequestView> => {
  await caughtUp(folder, cli)
  const request = await requestQueries(folder.readDb).find(id)
  if (request === null) throw failure(`there is no request ${id} in ${folder.dir}`)
  return request
}

const show = async (folder: DataFolder, cli: Cli, { id, json }: OneOptions): Promise<void> => {
  const request = await requestOf(folder, cli, id)
  if (json) return cli.terminal.print(toJsonLine(request))
  const { status, mode, endpoint, model, generation, responseStatus, namespaceId, keyId, jobIds } = request
  await cli.terminal.printAll([
    `${id}  ${status}`,
    printable(`${endpoint} · ${model ?? "no model"} · ${mode} · ${namespaceId}, key ${keyId}`),
    `accepted ${formatTime(request.acceptedAt)}, kept until ${formatTime(request.expiresAt)}`,
    `${generation} gateway${generation === 1 ? "" : "s"} worked on it${responseStatus === null ? "" : `; HTTP ${responseStatus}`}`,
    ...jobIds,
  ])
}

const cancel = async (folder: DataFolder, cli: Cli, { id, json }: OneOptions): Promise<void> => {
  const { status } = await requestOf(folder, cli, id)
  const isCancelled = await folder.run(cancelRequest({ requestId: id, reason: "cancelled_by_operator" }))
  if (!isCancelled) throw failure(`${id} has ended already: ${status}`)
  await caughtUp(folder, cli)
  await cli.terminal.print(json ? toJsonLine({ request_id: id, cancelled: true }) : `Cancelled ${id}.`)
}
