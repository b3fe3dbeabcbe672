import type { FastifyInstance } from "fastify"
import { loadBatch, takeBatch } from "#commands/batch/run-batch.ts"
import { cutUpload } from "#commands/file/upload-file.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import { isOpen } from "#domain/batch/index.ts"
import type { BatchId, GatewayId } from "#domain/kernel/ids.ts"
import { isKeyed, type KeyedRoute, type Route } from "../../http/routes.ts"
import type { FileDeps } from "../files/file-deps.ts"
import { batchesRoutes } from "./batches-routes.ts"
import type { BatchDeps, Leading } from "./batch-deps.ts"
import { runBatch, type BatchRunDeps } from "./batch-run.ts"
import { LineSlots, lineLimit } from "./line-slots.ts"
import { type AskedRoute, canBeAsked } from "./read-line.ts"

const SCAN_MS = 500
/** Batches at work at once; the others wait their turn. */
const MAX_RUNNING = 32
/** Before a batch whose run failed is run again. */
const AGAIN_MS = 5_000
const SWEEP_MS = 60_000
const SWEPT = 100

export interface BatchServiceDeps extends BatchDeps, Omit<BatchRunDeps, "slots" | "routes"> {
  readonly gatewayId: GatewayId
  readonly presence: Pick<PresenceShape, "online">
  readonly counters: CountersShape
  readonly fileDeps: Pick<FileDeps, "run" | "settled" | "now">
}

/** Runs the batches of the network while this gateway leads them. */
export class BatchService {
  readonly #deps: BatchServiceDeps
  readonly #runDeps: BatchRunDeps
  readonly #stopping = new AbortController()
  readonly #active = new Map<BatchId, Promise<void>>()
  readonly #resting = new Set<BatchId>()
  #lead: { readonly stop: () => Promise<void> } | null = null

  /** `asked`: the routes of this gateway, of which some can be asked by a line. */
  constructor(deps: BatchServiceDeps, asked: readonly Route[]) {
    this.#deps = deps
    const routes: readonly AskedRoute[] = asked.filter(isKeyed).filter((route: KeyedRoute): route is AskedRoute => canBeAsked(route))
    const slots = new LineSlots(() => lineLimit(deps.presence.online(deps.now())))
    this.#runDeps = { ...deps, slots, routes: new Map(routes.map((route) => [route.path, route])) }
  }

  get routes(): readonly KeyedRoute[] {
    return batchesRoutes({ ...this.#deps.fileDeps, batches: this.#deps.batches, endpoints: [...this.#runDeps.routes.keys()] })
  }

  /** Once the server can be asked. */
  serve(app: FastifyInstance): void {
    app.addHook("onReady", async () => {
      this.#lead = this.#deps.lead((leading) => this.#work(leading))
    })
  }

  /** No line begins any more; those at work end as the server's drain has it. */
  stop(): void {
    this.#stopping.abort()
  }

  /** After the sessions ended: their results are on record. */
  async settle(): Promise<void> {
    await Promise.all(this.#active.values())
    await this.#lead?.stop()
  }

  async #work(leading: Leading): Promise<void> {
    let sweptAt = 0
    while (!leading.lost.aborted && !this.#stopping.signal.aborted) {
      await this.#scan(leading).catch(() => this.#deps.counters.increment("cloud_background_failed_total", "scan_batches"))
      const now = this.#deps.now()
      if (now - sweptAt >= SWEEP_MS) {
        sweptAt = now
        await this.#sweep(leading, now).catch(() => this.#deps.counters.increment("cloud_background_failed_total", "sweep_files"))
      }
      await new Promise((resolve) => setTimeout(resolve, SCAN_MS))
    }
    await Promise.all(this.#active.values())
  }

  async #scan(leading: Leading): Promise<void> {
    for (const batchId of await this.#deps.batches.open(MAX_RUNNING)) {
      if (this.#active.has(batchId) || this.#resting.has(batchId) || this.#active.size >= MAX_RUNNING) continue
      const running = this.#run(leading, batchId)
        .catch(() => this.#rest(batchId))
        .finally(() => this.#active.delete(batchId))
      this.#active.set(batchId, running)
    }
  }

  /** Whoever leads takes what is open: the leader before is none any more. */
  async #run(leading: Leading, batchId: BatchId): Promise<void> {
    const { gatewayId, counters } = this.#deps
    const batch = await leading.run(loadBatch(batchId))
    if (batch.stage === "absent" || !isOpen(batch)) return
    const replaces = batch.taken?.generation ?? 0
    const generation = await leading.run(takeBatch({ batchId, gatewayId, replaces }))
    if (generation === null) return
    if (replaces > 0) counters.increment("cloud_batches_taken_over_total")
    const stops = AbortSignal.any([leading.lost, this.#stopping.signal])
    await runBatch(this.#runDeps, { ...leading, lost: stops }, { batchId, generation })
    const ended = await leading.run(loadBatch(batchId))
    if (!isOpen(ended)) counters.increment("cloud_batches_ended_total", ended.stage === "absent" || ended.stage === "failed" ? "failed" : ended.stage)
  }

  #rest(batchId: BatchId): void {
    this.#deps.counters.increment("cloud_background_failed_total", "run_batch")
    this.#resting.add(batchId)
    setTimeout(() => this.#resting.delete(batchId), AGAIN_MS).unref()
  }

  /** Nothing stays of uploads whose gateway died. */
  async #sweep(leading: Leading, now: number): Promise<void> {
    for (const place of await this.#deps.unfinishedFiles(now, SWEPT)) await leading.run(cutUpload(place))
  }
}
