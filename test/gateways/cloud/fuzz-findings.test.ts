import { describe, expect, it } from "vitest"
import { queryParameters } from "#gateways/http/query-parameters.ts"
import { ABLE_MODEL, answering, ASK, fakeNetwork, startGateway } from "./fake-network.ts"

describe("found by fuzzing", () => {
  it("several choices of the largest seed each get a seed of their own, and no 500", async () => {
    const network = fakeNetwork()
    network.script = answering("a")
    const { post } = await startGateway(network)
    expect((await post({ ...ASK, model: ABLE_MODEL, n: 3, seed: Number.MAX_SAFE_INTEGER - 1 })).status).toBe(200)
    const seeds = network.submitted.map(({ request }) => (request.task === "chat" ? request.sampling.seed : null))
    expect(new Set(seeds).size).toBe(3)
    expect(seeds.every(Number.isSafeInteger)).toBe(true)
  })

  it("a NUL in a query is a 400 and never reaches a database", () => {
    expect(() => queryParameters({ url: "/v1/usage?endpoint=%00" }, ["endpoint"])).toThrow("endpoint")
  })
})
