import { Effect, Fiber, Result } from "effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { START } from "#domain/kernel/envelope.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { prepareCollections } from "#infra/mongo/collections.ts"
import { catchUp } from "#projections/catch-up.ts"
import { inferenceLogProjection } from "#projections/inference-log/project.ts"
import { inferenceLogQueries } from "#projections/inference-log/query.ts"
import { inferenceLog } from "#projections/inference-log/table.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { prepare, readable } from "#projections/prepare-steps.ts"
import type { Projection } from "#projections/projection.ts"
import { type DocumentStore, mongoSink } from "#projections/sinks/mongo.ts"
import { moveCheckpoint, readCheckpoints } from "#projections/sinks/mongo-checkpoints.ts"
import { collectionName } from "#projections/sinks/mongo-documents.ts"
import { rebuildInMongo } from "#projections/sinks/mongo-rebuild.ts"
import { add, remove } from "#projections/writes.ts"
import { appendInOrder } from "#test/projections/append-all.ts"
import { InMemoryTables } from "#test/projections/in-memory-tables.ts"
import { seeded, workload } from "#test/projections/workload.ts"
import { attempt, run } from "#test/support/contract-events.ts"
import { openTestMongo, type TestMongo } from "#test/support/mongo.ts"

const projections = [inferenceLogProjection]
const history = workload(seeded(7), 500)
const head = BigInt(history.length)
const decoded = history.map(readable)

const expected = (() => {
  const tables = new InMemoryTables()
  tables.apply(prepare({ projection: inferenceLogProjection, position: START, ceiling: null }, decoded).step.writes)
  return tables.rows(inferenceLog)
})()

/** The log in other portions, so that two projectors' batches overlap. */
const inPortions = (feed: EventFeedShape, portion: number): EventFeedShape => ({
  ...feed,
  read: (after, limit) => feed.read(after, Math.min(portion, limit)),
})

describe("the inference log in MongoDB", () => {
  const log = memoryLog()
  let mongo: TestMongo
  let store: DocumentStore
  let otherStore: DocumentStore
  const storeOf = (link: TestMongo["link"]): DocumentStore => ({ db: link.db, prepare: (collections) => prepareCollections(link, collections) })
  beforeAll(async () => {
    await appendInOrder(log.store, history)
    mongo = await openTestMongo()
    store = storeOf(mongo.link)
    otherStore = storeOf(mongo.other)
  })
  beforeEach(async () => {
    for (const { name } of await mongo.link.db.listCollections().toArray()) await mongo.link.db.dropCollection(name)
  })
  afterAll(() => mongo.close())

  const follow = (on: DocumentStore, portion: number, projection: Projection = inferenceLogProjection) =>
    catchUp({ feed: inPortions(log.feed, portion), sink: mongoSink(on), projections: [projection], observer: silentObserver, onProgress: () => {} })
  const documents = async () => {
    const generation = (await mongo.link.db.collection("projection_checkpoints").findOne({ version: 1 }))?.["generation"] as number
    const name = collectionName(inferenceLog, inferenceLogProjection, generation)
    return mongo.link.db.collection(name, { useBigInt64: true }).find({}, { projection: { _id: 0 } }).sort({ job_id: 1 }).toArray()
  }

  it("is what the events say, document by document", async () => {
    const { positions } = await run(follow(store, 1_000))
    expect(positions.get(inferenceLogProjection.name)).toBe(head)
    expect(expected.length).toBeGreaterThan(20)
    expect(await documents()).toEqual(expected)
  })

  it("is the same when two projectors write it at once in other batches, however often they refuse each other", async () => {
    await run(Effect.all([follow(store, 7), follow(otherStore, 11)], { concurrency: 2 }))
    expect(await documents()).toEqual(expected)
  })

  it("is the same when batches are written again after newer ones, as by a projector that stood still", async () => {
    const sink = mongoSink(store)
    await run(sink.install(projections))
    const step = (from: number, to: number) => prepare({ projection: inferenceLogProjection, position: BigInt(from), ceiling: null }, decoded.slice(from, to)).step
    const half = Math.floor(history.length / 2)
    await run(sink.apply([step(0, half)]))
    await run(sink.apply([step(half, history.length)]))
    // The checkpoint put back stands for a projector whose look at it was long ago.
    const checkpoints = mongo.link.db.collection<{ _id: string; position: bigint }>("projection_checkpoints")
    for (const [from, to] of [[0, 10], [5, half], [half - 20, half + 20]] as const) {
      await checkpoints.updateOne({ _id: inferenceLogProjection.name }, { $set: { position: BigInt(from) } })
      await run(sink.apply([step(from, to)]))
    }
    expect(await documents()).toEqual(expected)
  })

  it("refuses a step that starts elsewhere than its checkpoint, and writes nothing of it", async () => {
    const sink = mongoSink(store)
    await run(sink.install(projections))
    const { step } = prepare({ projection: inferenceLogProjection, position: 5n, ceiling: null }, decoded)
    const refused = await attempt(sink.apply([step]))
    expect(Result.isFailure(refused) && refused.failure._tag).toBe("CheckpointMoved")
    expect(await documents()).toEqual([])
  })

  it("moves a checkpoint from where it was seen alone: a projector that looked long ago moves nothing", async () => {
    await run(follow(store, 1_000))
    const { db } = store
    const seen = (await readCheckpoints(db, projections)).get(inferenceLogProjection.name)
    if (seen === undefined) throw new Error("not installed")
    for (const stale of [{ ...seen, position: 5n }, { ...seen, generation: 0 }, { ...seen, version: 0 }]) {
      expect(await moveCheckpoint(db, stale, { version: 1, generation: 1, position: 6n })).toBe(false)
    }
    expect((await readCheckpoints(db, projections)).get(inferenceLogProjection.name)).toEqual(seen)
  })

  it("refuses what is no absolute value: it would count twice when it is written again", async () => {
    const sink = mongoSink(store)
    await run(sink.install(projections))
    const step = { projection: inferenceLogProjection, from: START, to: 1n }
    for (const write of [add(inferenceLog, { job_id: "j" }, { attempts: 1n }), remove(inferenceLog, { job_id: "j" })]) {
      const refused = await attempt(sink.apply([{ ...step, writes: [write] }]))
      expect(Result.isFailure(refused) && refused.failure._tag).toBe("WritesRefused")
    }
    expect(await documents()).toEqual([])
  })

  it("starts again under a new version and leaves nothing of the old one", async () => {
    await run(follow(store, 1_000))
    await run(follow(store, 1_000, { ...inferenceLogProjection, version: 2 }))
    const names = (await mongo.link.db.listCollections().toArray()).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith("inference_log"))).toEqual(["inference_log_v2_2"])
    expect(await mongo.link.db.collection("inference_log_v2_2").countDocuments()).toBe(expected.length)
  })

  it("is built again beside the live one while a projector goes on, and takes its place at once", async () => {
    await run(follow(store, 300))
    await mongo.link.db.collection("inference_log_v1_1").updateMany({}, { $set: { model: "damaged" } })
    const going = Effect.runFork(Effect.forever(follow(otherStore, 5)))
    const options = { store, feed: log.feed, projection: inferenceLogProjection, observer: silentObserver, onProgress: () => {} }
    const { position } = await run(rebuildInMongo(options))
    await run(Fiber.interrupt(going))
    expect(position).toBe(head)
    expect(await documents()).toEqual(expected)
    const names = (await mongo.link.db.listCollections().toArray()).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith("inference_log"))).toEqual(["inference_log_v1_2"])
  })

  it("never goes back: a rebuild takes the live one's place once it is as far", async () => {
    await run(follow(store, 1_000))
    const feed = { ...log.feed, head: Effect.succeed(5n) }
    const options = { store, feed, projection: inferenceLogProjection, observer: silentObserver, onProgress: () => {} }
    expect(await run(rebuildInMongo(options))).toEqual({ position: head })
    expect(await documents()).toEqual(expected)
  })

  it("answers by namespace, model, time and node, newest first, through its indexes", async () => {
    const queries = inferenceLogQueries(mongo.link.db)
    expect(await queries.position()).toBe(null)
    expect(await queries.find("nothing")).toBe(null)
    await run(follow(store, 1_000))
    expect(await queries.position()).toBe(head)
    const [sample] = expected.filter((row) => row["node_id"] !== null)
    const namespaceId = String(sample?.["namespace_id"])
    const newestFirst = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map((row) => Number(row["submitted_at"])).toSorted((a, b) => b - a)
    const mine = expected.filter((row) => row["namespace_id"] === namespaceId)
    const all = await queries.list({ namespaceId, model: null, before: null, limit: 1_000 })
    expect(all).toHaveLength(mine.length)
    expect(all.map((row) => Number(row.submitted_at))).toEqual(newestFirst(mine))
    const older = await queries.list({ namespaceId, model: "tiny", before: all[3]?.submitted_at ?? 0n, limit: 2 })
    expect(older.length).toBeGreaterThan(0)
    expect(older.every((row) => row.model === "tiny" && row.submitted_at < (all[3]?.submitted_at ?? 0n))).toBe(true)
    expect(await queries.find(String(sample?.["job_id"]))).toEqual(sample)
    expect(await queries.servedBy(String(sample?.["node_id"]), 1_000)).toHaveLength(expected.filter((row) => row["node_id"] === sample?.["node_id"]).length)
    const plan = await mongo.link.db.collection("inference_log_v1_1").find({ namespace_id: namespaceId, model: "tiny" }).sort({ submitted_at: -1 }).explain()
    expect(JSON.stringify(plan)).toContain("by_namespace_id_model_submitted_at")
  })
})
