import { Effect } from "effect"
import { request } from "node:http"
import OpenAI, { toFile } from "openai"
import { describe, expect, it } from "vitest"
import { PART_BYTES } from "#commands/file/limits.ts"
import { newKeyId, newNamespaceId } from "#commands/ids.ts"
import { openAIProblems } from "#test/support/openai-schemas.ts"
import { fakeFiles } from "./fake-files.ts"
import { bodyOf, failureOf } from "./failures.ts"
import { fakeNetwork, GOOD_KEY, GOOD_RECORD, keyOf, startGateway, until } from "./fake-network.ts"

const OTHERS_RECORD = { ...GOOD_RECORD, keyId: newKeyId(), namespaceId: newNamespaceId() }

const open = async (maxFileBytes?: number) => {
  const files = fakeFiles(maxFileBytes)
  const records = [GOOD_RECORD, OTHERS_RECORD]
  const keys = { find: async (keyId: string) => records.find((record) => record.keyId === keyId) ?? null }
  const gateway = await startGateway(fakeNetwork(), { files: files.deps, keys })
  const others = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: keyOf(OTHERS_RECORD), maxRetries: 0 })
  const form = (fields: Record<string, string>, bytes: string | Buffer | null = "x") => {
    const data = new FormData()
    if (bytes !== null) data.append("file", new Blob([bytes]), "in.jsonl")
    for (const [name, value] of Object.entries(fields)) data.append(name, value)
    return fetch(`${gateway.url}/v1/files`, { method: "POST", headers: { authorization: `Bearer ${GOOD_KEY}` }, body: data })
  }
  const contents = () => Effect.runPromise(files.content.jobsBeyond({ namespaceId: GOOD_RECORD.namespaceId, until: 0, limit: 100 }))
  return { ...gateway, ...files, others, form, contents }
}

const upload = async (client: OpenAI, bytes: Buffer | string, name = "in.jsonl") =>
  client.files.create({ file: await toFile(Buffer.from(bytes), name), purpose: "batch" })

/** Every byte there is, over several parts and a bit. */
const ALL_BYTES = Buffer.from(Uint8Array.from({ length: PART_BYTES * 2 + 777 }, (_, index) => (index * 31) % 256))

describe("a file", () => {
  it("comes back byte for byte, however many parts it has", async () => {
    const { client } = await open()
    const made = await upload(client, ALL_BYTES, "größe 1.jsonl")
    expect(openAIProblems("OpenAIFile", made)).toEqual([])
    expect(made).toMatchObject({ bytes: ALL_BYTES.length, filename: "größe 1.jsonl", purpose: "batch", status: "processed" })
    expect(await client.files.retrieve(made.id)).toEqual(made)
    const content = await client.files.content(made.id)
    expect(content.headers.get("content-length")).toBe(String(ALL_BYTES.length))
    expect(ALL_BYTES.equals(Buffer.from(await content.arrayBuffer()))).toBe(true)
  })

  it("is gone with all that was kept of it once it is deleted", async () => {
    const { client, contents } = await open()
    const { id } = await upload(client, "line")
    expect(await contents()).toEqual([id])
    const deleted = await client.files.delete(id)
    expect(openAIProblems("DeleteFileResponse", deleted)).toEqual([])
    expect(await contents()).toEqual([])
    for (const call of [client.files.retrieve(id), client.files.content(id), client.files.delete(id)]) {
      expect(await failureOf(call)).toMatchObject({ status: 404, code: "file_not_found" })
    }
  })

  it("is not there for another namespace, in no way", async () => {
    const { client, others } = await open()
    const { id } = await upload(client, "secret")
    for (const call of [others.files.retrieve(id), others.files.content(id), others.files.delete(id)]) {
      expect(await failureOf(call)).toMatchObject({ status: 404, code: "file_not_found" })
    }
    expect((await others.files.list()).data).toEqual([])
    expect(await (await client.files.content(id)).text()).toBe("secret")
  })

  it("goes when its time is over, and not later than its namespace's contents", async () => {
    const { form } = await open()
    const made = (await (await form({ purpose: "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "3600" })).json()) as OpenAI.FileObject
    expect(made.expires_at).toBe(made.created_at + 3_600)
    const kept = (await (await form({ purpose: "batch" })).json()) as OpenAI.FileObject
    expect(kept.expires_at).toBe(kept.created_at + 30 * 86_400)
  })

  it("that has expired is not there", async () => {
    const files = fakeFiles()
    let now = Date.now()
    const { client } = await startGateway(fakeNetwork(), { files: files.deps, now: () => now })
    const { id } = await upload(client, "line")
    now += 31 * 86_400_000
    expect(await failureOf(client.files.retrieve(id))).toMatchObject({ status: 404 })
  })

  it("whose content was erased is not there", async () => {
    const { client, content } = await open()
    const { id } = await upload(client, "line")
    await Effect.runPromise(content.erase(GOOD_RECORD.namespaceId))
    expect(await failureOf(client.files.retrieve(id))).toMatchObject({ status: 404 })
    expect((await client.files.list()).data).toEqual([])
  })
})

describe("the list of files", () => {
  it("is paged through, newest first", async () => {
    const { client } = await open()
    const ids: string[] = []
    for (const name of ["1", "2", "3"]) ids.push((await upload(client, name)).id)
    const first = await client.files.list({ limit: 2 })
    expect(openAIProblems("ListFilesResponse", { object: "list", first_id: ids[2], last_id: ids[1], data: first.data, has_more: first.has_more })).toEqual([])
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([[ids[2], ids[1]], true])
    const all: string[] = []
    for await (const { id } of client.files.list({ limit: 1, order: "asc" })) all.push(id)
    expect(all).toEqual(ids)
  })

  it("is a list when it is empty", async () => {
    const { url } = await open()
    const answer = await fetch(`${url}/v1/files`, { headers: { authorization: `Bearer ${GOOD_KEY}` } })
    const body: unknown = await answer.json()
    expect(openAIProblems("ListFilesResponse", body)).toEqual([])
  })
})

describe("an upload is refused, and leaves nothing,", () => {
  it.each([
    ["without a purpose", {}, "x", 400, "missing_required_parameter", "purpose"],
    ["for a purpose that files have no use for here", { purpose: "fine-tune" }, "x", 400, "invalid_value", "purpose"],
    ["without a file", { purpose: "batch" }, null, 400, "missing_required_parameter", "file"],
    ["when it is empty", { purpose: "batch" }, "", 400, "empty_file", "file"],
    ["when it is to expire too soon", { purpose: "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "1" }, "x", 400, "invalid_value", "expires_after"],
    ["when it is to expire some time after something else", { purpose: "batch", "expires_after[anchor]": "now" }, "x", 400, "invalid_value", "expires_after"],
    ["when it is too large", { purpose: "batch" }, Buffer.alloc(300_000), 413, "file_too_large", "file"],
  ])("%s", async (_, fields, bytes, status, code, param) => {
    const { form, contents } = await open(200_000)
    expect(await bodyOf(await form(fields, bytes))).toMatchObject({ status, code, param })
    await untilGone(contents)
  })

  it("when it is no form", async () => {
    const { post } = await open()
    expect(await bodyOf(await post({ purpose: "batch" }, {}, "/v1/files"))).toMatchObject({ status: 400, code: "invalid_content_type" })
    const broken = { "content-type": "multipart/form-data; boundary=x" }
    expect(await bodyOf(await post("--x\r\nno end", broken, "/v1/files"))).toMatchObject({ status: 400, code: "malformed_form" })
  })

  it("when its client is cut off in the middle", async () => {
    const { url, contents, events } = await open()
    const headers = { authorization: `Bearer ${GOOD_KEY}`, "content-type": "multipart/form-data; boundary=x" }
    const sending = request(`${url}/v1/files`, { method: "POST", headers })
    sending.on("error", () => {})
    sending.write('--x\r\ncontent-disposition: form-data; name="file"; filename="in"\r\n\r\n')
    sending.write(Buffer.alloc(PART_BYTES + 10, "a"))
    let kept: readonly string[] = []
    void (async () => {
      while (kept.length === 0) kept = await contents()
    })()
    await until(() => kept.length > 0)
    sending.destroy()
    await untilGone(contents)
    expect((await events()).map(({ type }) => type)).toEqual(["FileUploadStarted", "FileDeleted"])
  })
})

const untilGone = async (contents: () => Promise<readonly string[]>): Promise<void> => {
  const giveUpAt = Date.now() + 5_000
  while ((await contents()).length > 0) if (Date.now() > giveUpAt) throw new Error("it was never gone")
}
