import { it } from "vitest"
import { content, type ContentCommand } from "#domain/content/index.ts"
import { JOB_A, JOB_B, NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { scenario } from "#test/support/scenario.ts"

const request = { type: "RequestErasure", namespaceId: NAMESPACE, jobId: JOB_A, erasureId: "e1", reason: "asked", at: 1 } as const
const confirm: ContentCommand = { type: "ConfirmErasure", namespaceId: NAMESPACE, erasureId: "e1", at: 2 }
const none = scenario(content)

it("an erasure is requested, then confirmed, each once", () => {
  none.when(request).gives({ type: "ContentErasureRequested", data: { jobId: JOB_A, erasureId: "e1", reason: "asked" } })
  none.after(request).when(request).changesNothing()
  none.after(request).when(confirm).gives({ type: "ContentErased", data: { jobId: JOB_A, erasureId: "e1" } })
  none.after(request, confirm).when(confirm).changesNothing()
  none.after(request, confirm).when(request).changesNothing()
})

it("what is confirmed is what was requested", () => {
  none.after({ ...request, jobId: null }).when(confirm).gives({ type: "ContentErased", data: { jobId: null, erasureId: "e1" } })
  none.when(confirm).rejects({ _tag: "ErasureNotRequested", erasureId: "e1" })
})

it("one erasure has one scope", () => {
  none.after(request).when({ ...request, jobId: JOB_B }).rejects({ _tag: "ErasureConflict", erasureId: "e1" })
})

it("a job can be erased again: something may have come since", () => {
  none.after(request, confirm).when({ ...request, erasureId: "e2" }).gives({ type: "ContentErasureRequested" })
})
