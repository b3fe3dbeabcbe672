import fc from "fast-check"
import { expect, it } from "vitest"
import { file, type FileCommand } from "#domain/file/index.ts"
import { FileId } from "#domain/kernel/ids.ts"
import { KEY, NAMESPACE, OTHER_NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { playByTheLaws } from "#test/support/decider-laws.ts"
import { scenario } from "#test/support/scenario.ts"

const FILE = FileId.make("file-00000000-0000-7000-8000-000000000001")
const place = { fileId: FILE, namespaceId: NAMESPACE }
const start = { type: "StartUpload", ...place, keyId: KEY, at: 1, expiresAt: 100 } as const
const finish = { type: "FinishUpload", ...place, purpose: "batch", bytes: 10, parts: 1, at: 2, expiresAt: 200 } as const
const remove = { type: "DeleteFile", ...place, at: 3 } as const
const cut = { type: "CutUpload", ...place, at: 3 } as const
const none = scenario(file)

it("a file arrives once and is deleted once", () => {
  none.when(start).gives({ type: "FileUploadStarted", data: { keyId: KEY } })
  none.after(start).when(finish).gives({ type: "FileUploaded", data: { bytes: 10, purpose: "batch" } })
  none.after(start, finish).when(finish).changesNothing()
  none.after(start, finish).when(remove).gives({ type: "FileDeleted", data: { reason: "requested" } })
  none.after(start, finish, remove).when(remove).changesNothing()
})

it("what is whole is not written over, and what is deleted does not come back", () => {
  none.after(start, finish).when({ ...finish, bytes: 11 }).rejects({ _tag: "FileConflict", fileId: FILE })
  none.after(start, remove).when(finish).rejects({ _tag: "FileConflict", fileId: FILE })
  none.after(start, remove).when(start).rejects({ _tag: "FileConflict", fileId: FILE })
})

it("an upload that broke off is deleted, a whole file is not", () => {
  none.after(start).when(cut).gives({ type: "FileDeleted", data: { reason: "upload_cut" } })
  none.after(start, finish).when(cut).rejects({ _tag: "FileConflict", fileId: FILE })
})

it.each([finish, remove, cut])("for another namespace the file is not there: $type", (command) => {
  none.after(start).when({ ...command, namespaceId: OTHER_NAMESPACE }).rejects({ _tag: "FileNotFound", fileId: FILE })
  none.when(command).rejects({ _tag: "FileNotFound", fileId: FILE })
})

it("no script breaks the laws of aggregates", () => {
  const command = fc.constantFrom<FileCommand>(start, finish, { ...finish, bytes: 11 }, remove, cut, { ...remove, namespaceId: OTHER_NAMESPACE })
  let deleted = 0
  fc.assert(
    fc.property(fc.array(command, { maxLength: 8 }), (script) => {
      const { events } = playByTheLaws(file, script)
      deleted += events.filter(({ type }) => type === "FileDeleted").length
    }),
    { numRuns: 2_000 },
  )
  expect(deleted).toBeGreaterThan(100)
})
