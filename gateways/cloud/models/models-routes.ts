import { Schema } from "effect"
import { ModelFeature, Task } from "#domain/protocol/inference-request.ts"
import { json, type Route } from "../../http/routes.ts"
import type { ServedModel, ServedModels } from "./served-models.ts"

export const Model = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("model"),
  /** Seconds since 1970. */
  created: Schema.Int,
  owned_by: Schema.String,
  /** Tokens of prompt and answer together. */
  context_length: Schema.Int,
  /** What it can be asked for, and what else it can do: a request that needs more is refused. */
  tasks: Schema.mutable(Schema.Array(Task)),
  features: Schema.mutable(Schema.Array(ModelFeature)),
}).annotate({ identifier: "Model" })
export type Model = typeof Model.Type

export const ModelList = Schema.Struct({ object: Schema.Literal("list"), data: Schema.mutable(Schema.Array(Model)) }).annotate({
  identifier: "ModelList",
})
export type ModelList = typeof ModelList.Type

const OWNER = "resultity"

/** An id may contain slashes, escaped or not. */
export const modelsRoutes = (models: ServedModels, startedAt: number): readonly Route[] => {
  const created = Math.floor(startedAt / 1000)
  const describe = ({ name, contextLength, tasks, features }: ServedModel): Model => ({
    id: name, object: "model", created, owned_by: OWNER, context_length: contextLength, tasks: [...tasks], features: [...features],
  })
  const list = async (): Promise<ModelList> => ({ object: "list", data: models.list().map(describe) })
  const retrieve = async (name: string): Promise<Model | ModelList> => {
    if (name === "") return list()
    const model = models.find(name)
    if (model === null) throw await models.absence(name)
    return describe(model)
  }
  return [
    {
      method: "GET", path: "/v1/models", operationId: "listModels", access: "inference", requestLimit: "free",
      summary: "Models that can be asked now.",
      answers: { 200: json(ModelList, "The list.") },
      handle: list,
    },
    {
      method: "GET", path: "/v1/models/{+id}", operationId: "retrieveModel", access: "inference", requestLimit: "free",
      summary: "One model.",
      answers: { 200: json(Model, "The model.") },
      problems: { 404: "There is no such model.", 503: "Its nodes are away." },
      handle: ({ param }) => retrieve(param("id")),
    },
  ]
}
