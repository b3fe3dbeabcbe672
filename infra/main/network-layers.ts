import { Layer, Logger, ManagedRuntime } from "effect"
import { Commands, makeCommands } from "#commands/handle.ts"
import { AlertWatch, type AlertWatchShape } from "#commands/ports/alert-watch.ts"
import { Bus, type BusShape } from "#commands/ports/bus.ts"
import { ContentDuties, type ContentDutiesShape } from "#commands/ports/content-duties.ts"
import { ContentStore, type ContentStoreShape } from "#commands/ports/content-store.ts"
import { Counters, type CountersShape } from "#commands/ports/counters.ts"
import { EventStore, type EventStoreShape } from "#commands/ports/event-store.ts"
import { KeyMinter, type KeyMinterShape } from "#commands/ports/key-minter.ts"
import { Leases, type LeasesShape } from "#commands/ports/leases.ts"
import { JobStream, type JobStreamShape } from "#commands/ports/job-stream.ts"
import { NetworkSettings } from "#commands/ports/network-settings.ts"
import { OpenTransfers, type OpenTransfersShape } from "#commands/ports/open-transfers.ts"
import { OpenWork, type OpenWorkShape } from "#commands/ports/open-work.ts"
import { Presence, type PresenceShape } from "#commands/ports/presence.ts"
import { Telemetry, type TelemetryShape } from "#commands/ports/telemetry.ts"
import { WebhookDeliveries, type WebhookDeliveriesShape } from "#commands/ports/webhook-deliveries.ts"
import { WebhookSender, type WebhookSenderShape } from "#commands/ports/webhook-sender.ts"
import { WebhookVault, type WebhookVaultShape } from "#commands/ports/webhook-vault.ts"
import { categoryOf, idOf } from "#domain/kernel/envelope.ts"
import type { Environment } from "#domain/kernel/ids.ts"
import { JOB_TAP, ledgerTap } from "#domain/protocol/bus-messages.ts"
import { NodeSignatures, type NodeSignaturesShape } from "#gateways/ports/node-signatures.ts"
import type { Logger as Pino } from "pino"
import type { TracedJobs } from "../telemetry/traced-jobs.ts"

export type NetworkServices =
  | Commands | Bus | ContentDuties | ContentStore | Counters | EventStore | JobStream | KeyMinter | Leases | NetworkSettings
  | NodeSignatures | OpenTransfers | OpenWork | Presence | Telemetry
  | AlertWatch | WebhookDeliveries | WebhookSender | WebhookVault

/** What webhooks need. */
export interface WebhookAdapters {
  readonly deliveries: WebhookDeliveriesShape
  readonly sender: WebhookSenderShape
  readonly vault: WebhookVaultShape
}

export interface NetworkAdapters {
  readonly environment: Environment
  readonly store: EventStoreShape
  readonly bus: BusShape
  readonly content: ContentStoreShape
  readonly contentDuties: ContentDutiesShape
  readonly webhooks: WebhookAdapters
  readonly alertWatch: AlertWatchShape
  readonly counters: CountersShape
  readonly jobStream: JobStreamShape
  readonly keyMinter: KeyMinterShape
  readonly leases: LeasesShape
  readonly openTransfers: OpenTransfersShape
  readonly openWork: OpenWorkShape
  readonly presence: PresenceShape
  readonly telemetry: TelemetryShape
  readonly signatures: NodeSignaturesShape
  readonly logger: Pino
}

/** One runtime for the whole network process: every port bound to its adapter once. */
export const networkRuntime = (
  adapters: NetworkAdapters,
  { soleWriter, traced }: { readonly soleWriter: boolean; readonly traced: TracedJobs | null },
): ManagedRuntime.ManagedRuntime<NetworkServices, never> => {
  const { bus } = adapters
  const ports = Layer.mergeAll(
    Layer.succeed(EventStore, adapters.store),
    Layer.succeed(Bus, bus),
    Layer.succeed(ContentStore, adapters.content),
    Layer.succeed(ContentDuties, adapters.contentDuties),
    Layer.succeed(AlertWatch, adapters.alertWatch),
    Layer.succeed(WebhookDeliveries, adapters.webhooks.deliveries),
    Layer.succeed(WebhookSender, adapters.webhooks.sender),
    Layer.succeed(WebhookVault, adapters.webhooks.vault),
    Layer.succeed(Counters, adapters.counters),
    Layer.succeed(JobStream, traced?.jobStream(adapters.jobStream) ?? adapters.jobStream),
    Layer.succeed(KeyMinter, adapters.keyMinter),
    Layer.succeed(Leases, adapters.leases),
    Layer.succeed(NetworkSettings, { environment: adapters.environment }),
    Layer.succeed(NodeSignatures, adapters.signatures),
    Layer.succeed(OpenTransfers, adapters.openTransfers),
    Layer.succeed(OpenWork, adapters.openWork),
    Layer.succeed(Presence, adapters.presence),
    Layer.succeed(Telemetry, adapters.telemetry),
  )
  const commands = makeCommands(adapters.store, { soleWriter, onAppended: (stream) => tap(bus, stream) })
  return ManagedRuntime.make(
    Layer.succeed(Commands, traced?.commands(commands) ?? commands).pipe(Layer.provideMerge(ports), Layer.provideMerge(Logger.layer([pinoLogger(adapters.logger)]))),
  )
}

/** Tells this process's workflows at once what the log will tell everybody. */
const tap = (bus: BusShape, stream: string): void => {
  const id = idOf(stream)
  if (categoryOf(stream) === "job") bus.publish(JOB_TAP, { jobId: id })
  else if (categoryOf(stream) === "ledger") bus.publish(ledgerTap(id), {})
}

const LEVELS: Readonly<Record<string, "trace" | "debug" | "info" | "warn" | "error" | "fatal">> = {
  Trace: "trace", Debug: "debug", Info: "info", Warn: "warn", Error: "error", Fatal: "fatal",
}

/** Effect's log lines, through the process's logger and its redaction. */
const pinoLogger = (logger: Pino) =>
  Logger.make(({ message, logLevel, cause }) => {
    const parts = Array.isArray(message) ? message : [message]
    const level = LEVELS[logLevel] ?? "info"
    logger[level]({ ...(cause.reasons.length > 0 ? { cause: describeCause(cause) } : {}) }, parts.map(show).join(" "))
  })

const show = (part: unknown): string =>
  typeof part === "string" ? part : part instanceof Error ? part.message : JSON.stringify(part, plainBigint)

const plainBigint = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value)

const describeCause = (cause: { readonly reasons: readonly object[] }): readonly string[] =>
  cause.reasons.map((reason) => {
    const failure = "error" in reason ? reason.error : "defect" in reason ? reason.defect : reason
    return failure instanceof Error ? (failure.stack ?? failure.message) : show(failure)
  })
