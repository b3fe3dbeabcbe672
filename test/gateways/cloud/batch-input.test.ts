import { expect, it } from "vitest"
import { Effect } from "effect"
import { ContentStore } from "#commands/ports/content-store.ts"
import type { Run } from "#gateways/cloud/batches/batch-deps.ts"
import { checkInput } from "#gateways/cloud/batches/check-input.ts"
import { type InputLine, inputLines } from "#gateways/cloud/batches/input-lines.ts"
import { LineSlots, lineLimit } from "#gateways/cloud/batches/line-slots.ts"
import { type AskedRoute, readLine } from "#gateways/cloud/batches/read-line.ts"
import { keepPart } from "#commands/file/upload-file.ts"
import { newFileId } from "#commands/ids.ts"
import { badRequest } from "#gateways/http/api-error.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { NAMESPACE } from "#test/support/arbitrary-ids.ts"

const MAX_LINE_BYTES = 40

/** A file cut into parts of so many bytes. */
const fileOf = async (text: string | Buffer, partBytes: number) => {
  const content = memoryContentStore()
  const run: Run = (use) => Effect.runPromise(Effect.provideService(use, ContentStore, content) as Effect.Effect<never>)
  const bytes = Buffer.from(text)
  const place = { fileId: newFileId(), namespaceId: NAMESPACE }
  let parts = 0
  for (let from = 0; from < bytes.length; from += partBytes) await run(keepPart({ ...place, part: parts++, bytes: bytes.subarray(from, from + partBytes) }))
  return { run, file: { ...place, parts } }
}

const linesOf = async (text: string | Buffer, partBytes: number) => {
  const { run, file } = await fileOf(text, partBytes)
  const lines: InputLine[] = []
  for await (const one of inputLines(run, file, MAX_LINE_BYTES)) lines.push(one)
  return lines
}

it.each([1, 2, 3, 7, 100])("lines come whole out of parts of %i bytes", async (partBytes) => {
  const text = "größe\n\n  \r\nzwei €\nohne Ende"
  const lines = await linesOf(text, partBytes)
  expect(lines).toEqual([
    { number: 0, at: 1, text: "größe" },
    { number: 1, at: 4, text: "zwei €" },
    { number: 2, at: 5, text: "ohne Ende" },
  ])
})

it.each([1, 5, 64])("a line that is too long or no text is no line, and the next one is (parts of %i bytes)", async (partBytes) => {
  const long = "x".repeat(MAX_LINE_BYTES + 1)
  const bytes = Buffer.concat([Buffer.from(`a\n${long}\nb\n`), Buffer.from([0xff, 0x0a]), Buffer.from("c")])
  expect((await linesOf(bytes, partBytes)).map(({ text }) => text)).toEqual(["a", null, "b", null, "c"])
})

const later = (body: unknown): void => {
  if (typeof body === "object" && body !== null && "bad" in body) throw badRequest({ code: "invalid_value", param: "bad", message: "No." })
}
const route = { path: "/v1/x", method: "POST", later } as Partial<AskedRoute> as AskedRoute
const line = (changes: object = {}) => JSON.stringify({ custom_id: "a", method: "POST", url: "/v1/x", body: { model: "m" }, ...changes })

it.each([
  ["no JSON", "invalid_json_line", null],
  ["[]", "invalid_json_line", null],
  [line({ custom_id: 7 }), "invalid_custom_id", "custom_id"],
  [line({ custom_id: "" }), "invalid_custom_id", "custom_id"],
  [line({ method: "GET" }), "invalid_method", "method"],
  [line({ url: "/v1/y" }), "mismatched_url", "url"],
  [line({ body: [] }), "invalid_request", "body"],
  [line({ body: { model: "m", stream: true } }), "invalid_value", "body.stream"],
  [line({ body: { model: "m", background: true } }), "invalid_value", "body.background"],
  [line({ body: { bad: 1 } }), "missing_required_parameter", "body.model"],
  ["[".repeat(200), "invalid_json_line", null],
])("a line that is wrong is told how: %s", (text, code, param) => {
  expect(readLine(route, { number: 0, at: 3, text })).toMatchObject({ problem: { code, line: 3, param } })
})

it("a good line is read, and lines that do not go together are not run", async () => {
  expect(readLine(route, { number: 0, at: 1, text: line() })).toEqual({ line: { customId: "a", model: "m", body: { model: "m" } } })
  // What its route refuses is this line's answer, and stops no other.
  expect(readLine(route, { number: 0, at: 1, text: line({ body: { model: "m", bad: 1 } }) })).toMatchObject({ line: { body: { bad: 1 } } })
  const check = async (...texts: readonly string[]) => {
    const { run, file } = await fileOf(texts.join("\n"), 64)
    return checkInput(route, inputLines(run, file, 1_000))
  }
  expect(await check(line(), line({ custom_id: "b" }))).toEqual({ lines: 2, model: "m" })
  expect(await check(line(), line())).toMatchObject({ problems: [{ code: "duplicate_custom_id", line: 2 }] })
  expect(await check(line(), line({ custom_id: "b", body: { model: "n" } }))).toMatchObject({ problems: [{ code: "mismatched_model", line: 2 }] })
  expect(await check("", "")).toMatchObject({ problems: [{ code: "empty_file", line: null }] })
})

it("lines take half of what the nodes can do, and never nothing", () => {
  expect([lineLimit([]), lineLimit([{ slots: 9 }, { slots: 1 }]), lineLimit([{ slots: 10_000 }])]).toEqual([2, 5, 256])
})

it("slots are given first come first served, and no more than there are at the moment", async () => {
  let limit = 1
  const slots = new LineSlots(() => limit)
  const got: number[] = []
  await slots.take()
  const waiting = [1, 2, 3].map(async (n) => {
    await slots.take()
    got.push(n)
  })
  await Promise.resolve()
  expect(got).toEqual([])
  limit = 2
  slots.give()
  await Promise.all(waiting.slice(0, 2))
  expect(got).toEqual([1, 2])
  slots.give()
  await Promise.all(waiting)
  expect(got).toEqual([1, 2, 3])
})
