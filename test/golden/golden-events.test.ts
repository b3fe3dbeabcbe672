import { readdirSync, readFileSync } from "node:fs"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { alerts } from "#domain/alert/index.ts"
import { apiKey } from "#domain/api-key/index.ts"
import { batch } from "#domain/batch/index.ts"
import { content } from "#domain/content/index.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { file } from "#domain/file/index.ts"
import { feedback } from "#domain/feedback/index.ts"
import { job } from "#domain/job/index.ts"
import type { DomainEvent } from "#domain/kernel/decider.ts"
import type { EventCodec, WireEvent } from "#domain/kernel/event-codec.ts"
import { namespace } from "#domain/namespace/index.ts"
import { networkConfig } from "#domain/network-config/index.ts"
import { node } from "#domain/node/index.ts"
import { rcpAccount } from "#domain/rcp/index.ts"
import { webhooks } from "#domain/webhook/index.ts"
import { request } from "#domain/request/index.ts"

const GOLDEN = import.meta.dirname
const DOMAIN = `${import.meta.dirname}/../../domain`

/** Reads an event as today's code does and writes it again. */
const reader = <Event extends DomainEvent>(codec: EventCodec<Event>) => ({
  types: codec.types,
  readAndWrite: (wire: WireEvent): WireEvent =>
    codec.encode(Result.getOrThrowWith(codec.decode(wire), (failure) => new Error(JSON.stringify(failure)))),
})

/** By folder under `domain/`. */
const readers = new Map(
  Object.entries({
    alert: reader(alerts.codec),
    "api-key": reader(apiKey.codec),
    batch: reader(batch.codec),
    content: reader(content.codec),
    "credit-ledger": reader(creditLedger.codec),
    file: reader(file.codec),
    feedback: reader(feedback.codec),
    job: reader(job.codec),
    namespace: reader(namespace.codec),
    "network-config": reader(networkConfig.codec),
    node: reader(node.codec),
    rcp: reader(rcpAccount.codec),
    webhook: reader(webhooks.codec),
    request: reader(request.codec),
  }),
)

const foldersIn = (parent: string): readonly string[] =>
  readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted()

const goldenFiles = foldersIn(GOLDEN).flatMap((folder) =>
  readdirSync(`${GOLDEN}/${folder}`).map((file) => ({ folder, file, type: file.replace(/\.json$/, "") })),
)

it("every aggregate that has events is covered here", () => {
  const withEvents = foldersIn(DOMAIN).filter((folder) => readdirSync(`${DOMAIN}/${folder}`).includes("events.ts"))
  expect([...readers.keys()].toSorted()).toEqual(withEvents)
})

it.each([...readers])("every event type of %s has a golden file, and no golden file is a stranger", (folder, { types }) => {
  const files = goldenFiles.filter((golden) => golden.folder === folder).map((golden) => golden.type)
  expect(files.toSorted()).toEqual(types.toSorted())
})

describe.each(goldenFiles)("the event in $folder/$file", ({ folder, file, type }) => {
  const wire: WireEvent = JSON.parse(readFileSync(`${GOLDEN}/${folder}/${file}`, "utf8"))

  it("is named after its type", () => {
    expect(wire.type).toBe(type)
  })

  it("can be read today, and is written again as it was", () => {
    const again = readers.get(folder)?.readAndWrite(wire)
    // An old version is read as its successor, which has a golden file of its own.
    if (again !== undefined && again.type !== wire.type) expect(readers.get(folder)?.types).toContain(again.type)
    else expect(JSON.stringify(again)).toBe(JSON.stringify(wire))
  })
})
