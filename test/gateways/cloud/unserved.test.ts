import OpenAI, { toFile } from "openai"
import { describe, expect, it } from "vitest"
import { bodyOf, failureOf } from "./failures.ts"
import { ASK, fakeNetwork, startGateway } from "./fake-network.ts"

describe("routes for models that no node offers", () => {
  const file = () => toFile(Buffer.alloc(3 * 1024 * 1024), "sound.mp3")
  it.each([
    ["moderations", (client: OpenAI) => client.moderations.create({ input: "x" })],
    ["images", (client: OpenAI) => client.images.generate({ prompt: "a fox", model: "gpt-image-1" })],
    ["variations of images", async (client: OpenAI) => client.images.createVariation({ image: await file() })],
    ["transcriptions", async (client: OpenAI) => client.audio.transcriptions.create({ file: await file(), model: "whisper-1" })],
    ["translations", async (client: OpenAI) => client.audio.translations.create({ file: await file(), model: "whisper-1" })],
    ["speech", (client: OpenAI) => client.audio.speech.create({ input: "x", model: "tts-1", voice: "alloy" })],
  ])("say that there is no such model: %s", async (_, call) => {
    const { client } = await startGateway()
    const error = await failureOf(call(client))
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: "model_not_found", type: "invalid_request_error", param: "model" })
    expect(error.message).toContain("No model of this network can")
  })

  it.each([["/v1/images/description"], ["/v1/audio/translation"]])("do so at %s too, but not without a key", async (path) => {
    const { post, url } = await startGateway()
    expect(await bodyOf(await post({}, {}, path))).toMatchObject({ status: 404, code: "model_not_found" })
    expect((await fetch(url + path, { method: "POST" })).status).toBe(401)
  })
})

describe("where a request wants to be run", () => {
  it.each([
    ["x-resultity-region", "EU", 503, "no_node_in_region"],
    ["x-resultity-region", "eu", 503, "no_node_in_region"],
    ["x-resultity-region", "Mars", 400, "invalid_value"],
    ["x-resultity-region", "Mars; prefer", 400, "invalid_value"],
    ["x-resultity-region", "EU; prefer; prefer", 400, "invalid_value"],
    ["x-resultity-region", `EU;${" ".repeat(15_000)}x`, 400, "invalid_value"],
    ["x-resultity-class", "own", 503, "no_node_in_class"],
    ["x-resultity-class", "vetted", 503, "no_node_in_class"],
    ["x-resultity-class", "best", 400, "invalid_value"],
    ["x-resultity-subcloud", "acme", 404, "subcloud_not_found"],
    ["x-resultity-subcloud", "a b", 400, "invalid_value"],
  ])("%s: %s is refused with %i %s, on every route, before anything is asked of the network", async (name, value, status, code) => {
    const { post, network } = await startGateway()
    const bodies = [["/v1/chat/completions", ASK], ["/v1/completions", { model: "able", prompt: "x" }], ["/v1/embeddings", { model: "able", input: "x" }]] as const
    for (const [path, body] of bodies) expect(await bodyOf(await post(body, { [name]: value }, path))).toMatchObject({ status, code })
    expect(network.submitted).toEqual([])
  })

  it.each([["x-resultity-region", "EU; prefer"], ["x-resultity-region", "sea;prefer"], ["x-resultity-class", "community"]])(
    "%s: %s is fulfilled by any node", async (name, value) => {
      const { post } = await startGateway(fakeNetwork())
      expect((await post(ASK, { [name]: value })).status).toBe(200)
    },
  )
})
