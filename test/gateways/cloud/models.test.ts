import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import type { Model } from "#gateways/cloud/models/models-routes.ts"
import { ABLE_MODEL, fakeNetwork, GOOD_KEY, MODEL, nodeWith, OFFLINE_MODEL, OTHER_MODEL, startGateway } from "./fake-network.ts"

const asOfficialModel = (model: Model): OpenAI.Model => model

describe("models", () => {
  it("lists what online nodes serve", async () => {
    const { client } = await startGateway()
    const { data } = await client.models.list()
    const model = { object: "model", created: expect.any(Number), owned_by: "resultity", context_length: 128 }
    expect(data).toEqual([
      { ...model, id: ABLE_MODEL, tasks: ["chat", "completion", "embedding"], features: expect.arrayContaining(["tools", "logprobs"]) },
      { ...model, id: OTHER_MODEL, tasks: ["chat", "completion", "embedding"], features: expect.arrayContaining(["tools", "logprobs"]) },
      { ...model, id: MODEL, tasks: ["chat"], features: [] },
    ])
    expect(Number.isInteger(data[0]?.created)).toBe(true)
    expect(asOfficialModel).toBeTypeOf("function")
  })

  it("finds a model with a slash in its name, escaped or plain", async () => {
    const { client, url } = await startGateway()
    expect(await client.models.retrieve(MODEL)).toMatchObject({ id: MODEL })
    const response = await fetch(`${url}/v1/models/${MODEL}`, { headers: { authorization: `Bearer ${GOOD_KEY}` } })
    expect(await response.json()).toMatchObject({ id: MODEL, object: "model" })
  })

  it("says of a model what most of its nodes can do: no single one takes it from everybody, or promises more", async () => {
    const honest = nodeWith({ name: "m", hash: "00", contextLength: 64, tasks: ["chat", "embedding"], features: ["tools", "logprobs"] })
    const poor = nodeWith({ name: "m", hash: "66", contextLength: 1, tasks: ["completion"], features: [] })
    const boastful = nodeWith({ name: "m", hash: "66", contextLength: 10_000_000, tasks: ["chat"], features: ["suffix"] })
    for (const stranger of [poor, boastful]) {
      const { client } = await startGateway(fakeNetwork(), { presence: { online: () => [stranger, honest, honest] } })
      expect(await client.models.retrieve("m")).toMatchObject({ context_length: 64, tasks: ["chat", "embedding"], features: ["tools", "logprobs"] })
    }
  })

  it("does not list a node of the other environment", async () => {
    const { client } = await startGateway(fakeNetwork(), { environment: "mainnet" })
    expect((await client.models.list()).data).toEqual([])
  })

  it.each([["nope"], ["a/b/c"], ["x".repeat(900)], ["nul\u0000"], ["%"], ["🦊"]])("says 404 for %j", async (name) => {
    const asked: string[] = []
    const { client } = await startGateway(fakeNetwork(), {
      models: {
        known: async (model) => {
          asked.push(model)
          return false
        },
      },
    })
    const error = await client.models.retrieve(name).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: "model_not_found" })
    expect(asked.every((model) => model.length <= 128 && !model.includes("\u0000"))).toBe(true)
  })

  it("says 503 for a model whose nodes are away", async () => {
    const { client } = await startGateway()
    expect(await client.models.retrieve(OFFLINE_MODEL).catch((failure: unknown) => failure)).toMatchObject({ status: 503 })
  })
})
