import type { FastifyInstance } from "fastify"
import { Schema } from "effect"
import type { ServedModels } from "./served-models.ts"

export const Model = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("model"),
  /** Seconds since 1970. */
  created: Schema.Int,
  owned_by: Schema.String,
})
export type Model = typeof Model.Type

export const ModelList = Schema.Struct({ object: Schema.Literal("list"), data: Schema.mutable(Schema.Array(Model)) })
export type ModelList = typeof ModelList.Type

const OWNER = "resultity"

/** `GET /v1/models` and `GET /v1/models/{id}`; an id may contain slashes, escaped or not. */
export const modelsRoutes = (app: FastifyInstance, models: ServedModels, startedAt: number): void => {
  const created = Math.floor(startedAt / 1000)
  const describe = (id: string): Model => ({ id, object: "model", created, owned_by: OWNER })
  const list = async (): Promise<ModelList> => ({ object: "list", data: models.list().map(describe) })

  app.get("/v1/models", list)
  app.get<{ Params: { "*": string } }>("/v1/models/*", async (request) => {
    const name = request.params["*"]
    if (name === "") return list()
    if (!models.isServed(name)) throw await models.absence(name)
    return describe(name)
  })
}
