import { Effect, Fiber } from "effect"
import { expect, test } from "vitest"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { PositionNotReached, watchPositions } from "#projections/await-position.ts"
import { catchUp } from "#projections/catch-up.ts"
import type { ProjectionLockShape } from "#projections/ports/projection-lock.ts"
import { type ProjectorObserver, silentObserver } from "#projections/ports/projector-observer.ts"
import { prepare, readable } from "#projections/prepare-steps.ts"
import { readModels } from "#projections/read-models.ts"
import { runProjector } from "#projections/runner.ts"
import type { Write } from "#projections/writes.ts"
import { appendInOrder } from "./append-all.ts"
import { fakeSink } from "./fake-sink.ts"
import { InMemoryTables } from "./in-memory-tables.ts"
import { seeded, workload } from "./workload.ts"

const STEPS = 600
const history = workload(seeded(1), STEPS)
const head = BigInt(history.length)
const tables = readModels.flatMap((projection) => projection.tables)

const fakeLock: ProjectionLockShape = { acquire: Effect.succeed({ lost: Effect.never }) }

const appendRaw = (log: ReturnType<typeof memoryLog>, type: string, data: unknown) => {
  const meta = { commandId: "c", correlationId: "c" }
  const id = crypto.randomUUID()
  return Effect.runPromise(log.store.append({ stream: `raw-${id}`, expectedRevision: NO_STREAM, events: [{ id, type, data, meta }] }))
}

/** Collects what an operator would hear of. */
const collecting = () => {
  const heard = { unknown: [] as string[], stopped: [] as string[], stoppedAt: [] as bigint[], refused: [] as string[] }
  const observer: ProjectorObserver = {
    ...silentObserver,
    unknownEvent: (type) => heard.unknown.push(type),
    stopped: ({ projection, at }) => void (heard.stopped.push(projection), heard.stoppedAt.push(at)),
    refused: (names) => void heard.refused.push(...names),
  }
  return { heard, observer }
}

const expected = (): ReturnType<InMemoryTables["all"]> => {
  const plain = new InMemoryTables()
  const decoded = history.map(readable)
  for (const projection of readModels) plain.apply(prepare({ projection, position: 0n, ceiling: null }, decoded).step.writes)
  return plain.all(tables)
}

const logWith = async (...more: readonly (readonly [string, unknown])[]) => {
  const log = memoryLog()
  await appendInOrder(log.store, history)
  for (const [type, data] of more) await appendRaw(log, type, data)
  return log
}

const catchUpWith = (log: ReturnType<typeof memoryLog>, fake: ReturnType<typeof fakeSink>, observer = silentObserver) =>
  Effect.runPromise(catchUp({ feed: log.feed, sink: fake.sink, projections: readModels, observer, onProgress: () => {} }))

test("catching up ends at the head with every event taken once", async () => {
  const fake = fakeSink()
  const result = await catchUpWith(await logWith(), fake)
  expect(result).toMatchObject({ events: history.length, stops: [] })
  expect([...result.positions.values()]).toEqual(readModels.map(() => head))
  expect(fake.tables.all(tables)).toEqual(expected())
})

test("an event of unknown type is skipped and counted", async () => {
  const fake = fakeSink()
  const { heard, observer } = collecting()
  const result = await catchUpWith(await logWith(["SomethingNewer", { x: 1 }]), fake, observer)
  expect(heard.unknown).toEqual(["SomethingNewer"])
  expect([...result.positions.values()]).toEqual(readModels.map(() => head + 1n))
})

test("a malformed event stops the projections that need it, before it, and no other", async () => {
  const fake = fakeSink()
  const { heard, observer } = collecting()
  await catchUpWith(await logWith(["KeyCreated", { nonsense: true }], ["SomethingNewer", {}]), fake, observer)
  expect(heard).toMatchObject({ stopped: ["api-keys"], stoppedAt: [head + 1n] })
  expect(fake.checkpoints.get("api-keys")).toBe(head)
  expect(fake.checkpoints.get("balances")).toBe(head + 2n)
})

test("an event whose row the tables refuse stops its projection right there, with everything before it taken", async () => {
  const first = history.find((event) => event.type === "NodeSessionClosed")
  if (first === undefined) throw new Error("the workload closes no session")
  const refuses = (write: Write) => write.kind === "put" && String(write.columns["last_change"]).startsWith("closed")
  const fake = fakeSink(refuses)
  const { heard, observer } = collecting()
  await catchUpWith(await logWith(), fake, observer)
  expect(heard).toMatchObject({ stopped: ["nodes"], stoppedAt: [first.position] })
  expect(fake.checkpoints.get("nodes")).toBe(first.position - 1n)
  expect(fake.checkpoints.get("jobs")).toBe(head)
})

test("a projection that starts again catches up without holding up the others, and joins them", async () => {
  const log = await logWith()
  const fake = fakeSink()
  await catchUpWith(log, fake)
  fake.checkpoints.set("usage", head - 5n)
  await appendRaw(log, "SomethingNewer", {})
  fake.applied.length = 0
  await catchUpWith(log, fake)
  const names = fake.applied.flatMap((steps) => steps.map(({ projection }) => projection.name))
  const others = readModels.map(({ name }) => name).filter((name) => name !== "usage")
  expect(names.slice(0, others.length).toSorted()).toEqual(others.toSorted())
  expect(new Set(names.slice(others.length))).toEqual(new Set(["usage"]))
  expect([...fake.checkpoints.values()]).toEqual(readModels.map(() => head + 1n))
})

test("a projector whose checkpoint was moved by another goes on from there and doubles nothing", async () => {
  const log = await logWith()
  const fake = fakeSink()
  const { heard, observer } = collecting()
  const raced = new Set<string>()
  const apply: typeof fake.sink.apply = (steps) => {
    if (steps.every(({ projection }) => raced.has(projection.name))) return fake.sink.apply(steps)
    for (const { projection } of steps) raced.add(projection.name)
    // Another projector is a moment quicker with the very same step.
    return fake.sink.apply(steps).pipe(Effect.andThen(fake.sink.apply(steps)))
  }
  const options = { feed: log.feed, sink: { ...fake.sink, apply }, projections: readModels, observer, onProgress: () => {} }
  await Effect.runPromise(catchUp(options))
  expect(heard.refused.toSorted()).toEqual(readModels.map(({ name }) => name).toSorted())
  expect(fake.tables.all(tables)).toEqual(expected())
})

test("who awaits a position is woken by the projector when all have reached it", async () => {
  const log = await logWith()
  const fake = fakeSink()
  const watch = watchPositions(fake.sink, readModels)
  const observer = { ...silentObserver, advanced: watch.advanced }
  const running = Effect.runFork(runProjector({ feed: log.feed, sink: fake.sink, projections: readModels, observer, lock: fakeLock }))
  await Effect.runPromise(watch.awaitPosition(head, { timeoutMs: 5_000 }))
  const later = Effect.runPromise(watch.awaitPosition(head + 1n, { timeoutMs: 5_000 }))
  await appendRaw(log, "SomethingNewer", {})
  await later
  expect([...fake.checkpoints.values()]).toEqual(readModels.map(() => head + 1n))
  await Effect.runPromise(Fiber.interrupt(running))
})

test("a position that nobody reaches is given up in time, with the place that was reached", async () => {
  const fake = fakeSink()
  await Effect.runPromise(fake.sink.install(readModels))
  const watch = watchPositions(fake.sink, readModels)
  const failure = await Effect.runPromise(Effect.flip(watch.awaitPosition(5n, { timeoutMs: 60 })))
  expect(failure).toEqual(new PositionNotReached({ position: 5n, reached: 0n }))
})
