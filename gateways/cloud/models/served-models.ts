import type { PresenceShape } from "#commands/ports/presence.ts"
import type { Environment } from "#domain/kernel/ids.ts"
import type { NodeModel } from "#domain/node/index.ts"
import type { ModelFeature, Task } from "#domain/protocol/inference-request.ts"
import { type ApiError, unavailable, unknownModel } from "../../http/api-error.ts"
import type { ModelDirectory } from "../../ports/model-directory.ts"

/** Longer names belong to no model. */
const MAX_NAME_CHARACTERS = 128
// oxlint-disable-next-line no-control-regex -- a NUL in a name must not reach the database
const CONTROL = /[\u0000-\u001f\u007f]/

export interface ServedModelsDeps {
  readonly environment: Environment
  readonly presence: Pick<PresenceShape, "online">
  readonly models: ModelDirectory
  readonly now: () => number
}

/** What every node does that serves a model now: whichever gets the job can do it. */
export interface ServedModel {
  readonly name: string
  readonly contextLength: number
  readonly tasks: readonly Task[]
  readonly features: readonly ModelFeature[]
}

export interface ServedModels {
  /** What can be asked now, by name. */
  readonly list: () => readonly ServedModel[]
  /** Null: nobody serves it now. */
  readonly find: (name: string) => ServedModel | null
  /** Why a model that is not served is not: 503 while its nodes are away, 404 when there never was one. */
  readonly absence: (name: string) => Promise<ApiError>
}

/** A model is served while a node that lists it is online. */
export const servedModels = ({ environment, presence, models, now }: ServedModelsDeps): ServedModels => {
  const nodes = () => presence.online(now()).filter((node) => node.environment === environment)
  return {
    list: () => [...Map.groupBy(nodes().flatMap((node) => node.models), ({ name }) => name).values()].flatMap(inAll).toSorted(byName),
    find: (name) => inAll(nodes().flatMap((node) => node.models.filter((model) => model.name === name)))[0] ?? null,
    absence: async (name) => {
      if (name.length > MAX_NAME_CHARACTERS || CONTROL.test(name) || !name.isWellFormed()) return unknownModel(shown(name))
      const known = await models.known(name).catch(() => null)
      if (known === null) return unavailable("models_unavailable", "Models cannot be looked up at the moment. Please try again.")
      return known ? noNode(name) : unknownModel(name)
    },
  }
}

/** One model as all of its nodes offer it. Nodes that name no tasks can only chat. */
const inAll = ([first, ...others]: readonly NodeModel[]): readonly ServedModel[] => {
  if (first === undefined) return []
  const { name } = first
  const everywhere = <Value>(values: (model: NodeModel) => readonly Value[]): readonly Value[] =>
    values(first).filter((value) => others.every((other) => values(other).includes(value)))
  return [{
    name,
    contextLength: Math.min(first.contextLength, ...others.map(({ contextLength }) => contextLength)),
    tasks: everywhere(({ tasks = ["chat"] }) => tasks),
    features: everywhere(({ features = [] }) => features),
  }]
}

const byName = ({ name: one }: ServedModel, { name: other }: ServedModel): number => (one < other ? -1 : 1)

export const noNode = (model: string): ApiError =>
  unavailable("no_node_available", `No node serves the model \`${model}\` at the moment. Please try again.`)

const shown = (name: string): string => `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}`
