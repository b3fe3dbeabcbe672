import { describe, expect, it } from "vitest"
import { JobStillOpen, UnknownJob } from "#commands/content/erase-content.ts"
import { ContentStoreUnavailable } from "#commands/ports/content-store.ts"
import { contentRoutes, type ContentDeps } from "#gateways/gate/content/content-routes.ts"
import { JOB_A } from "#test/support/arbitrary-ids.ts"
import { fakeServer, FOREIGN, OWN } from "./fake-account.ts"

const serve = (change: Partial<ContentDeps> = {}) => {
  const asked: unknown[] = []
  const deps: ContentDeps = {
    visible: async () => [OWN],
    erase: async (request) => (asked.push(request), { erasureId: "erasure_1", at: 5_000 }),
    erasures: async (namespaceId) => [{ erasureId: "erasure_1", namespaceId: OWN, jobId: null, reason: namespaceId, requestedAt: 4_000, erasedAt: null }],
    ...change,
  }
  const server = fakeServer(contentRoutes(deps))
  const ask = async (method: "DELETE" | "GET", url: string) => {
    const response = await server.app.inject({ method, url })
    return { status: response.statusCode, body: response.json<{ readonly error?: { readonly code: string } }>() }
  }
  return { ...server, asked, ask }
}

describe("erasing content through gate", () => {
  it("is done for one job or the whole namespace", async () => {
    const { ask, asked } = serve()
    expect(await ask("DELETE", `/v1/namespaces/${OWN}/content/${JOB_A}`)).toMatchObject({ status: 200, body: { job: JOB_A, erased_at: 5 } })
    expect(await ask("DELETE", `/v1/namespaces/${OWN}/content`)).toMatchObject({ status: 200, body: { object: "content.erasure", namespace: OWN, job: null } })
    expect(asked).toMatchObject([{ namespaceId: OWN, jobId: JOB_A }, { namespaceId: OWN, jobId: null }])
  })

  it.each([[`/v1/namespaces/${FOREIGN}/content`, "namespace_not_found"], [`/v1/namespaces/${FOREIGN}/content/${JOB_A}`, "namespace_not_found"], [`/v1/namespaces/${OWN}/content/x`, "job_not_found"]])(
    "DELETE %s finds nothing, whoever has it",
    async (url, code) => {
      const { ask, asked } = serve()
      expect(await ask("DELETE", url)).toMatchObject({ status: 404, body: { error: { code } } })
      expect(asked).toEqual([])
    },
  )

  it.each([[new UnknownJob({ jobId: JOB_A }), 404, "job_not_found"], [new JobStillOpen({ jobId: JOB_A }), 409, "job_still_open"], [new ContentStoreUnavailable({ reason: "away" }), 503, "erasure_unavailable"]])(
    "answers %s with %s",
    async (failure, status, code) => {
      const { ask } = serve({ erase: () => Promise.reject(failure) })
      expect(await ask("DELETE", `/v1/namespaces/${OWN}/content/${JOB_A}`)).toMatchObject({ status, body: { error: { code } } })
    },
  )

  it("lists what was erased, of nobody else", async () => {
    const { ask } = serve()
    expect(await ask("GET", `/v1/namespaces/${OWN}/content/erasures`)).toMatchObject({ status: 200, body: { data: [{ id: "erasure_1", requested_at: 4, erased_at: null }] } })
    expect((await ask("GET", `/v1/namespaces/${FOREIGN}/content/erasures`)).status).toBe(404)
  })
})
