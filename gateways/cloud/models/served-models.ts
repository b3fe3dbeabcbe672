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

/** What most nodes do that serve a model now. */
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
    list: () => [...Map.groupBy(nodes().flatMap((node) => node.models), ({ name }) => name).values()].flatMap(asMostSay).toSorted(byName),
    find: (name) => asMostSay(nodes().flatMap((node) => node.models.filter((model) => model.name === name)))[0] ?? null,
    absence: async (name) => {
      if (name.length > MAX_NAME_CHARACTERS || CONTROL.test(name) || !name.isWellFormed()) return unknownModel(shown(name))
      const known = await models.known(name).catch(() => null)
      if (known === null) return unavailable("models_unavailable", "Models cannot be looked up at the moment. Please try again.")
      return known ? noNode(name) : unknownModel(name)
    },
  }
}

/**
 * One model as most of its nodes offer it: a single node that says less, or more, must not take the model from everybody. A node that
 * cannot do a job leaves it to another. Nodes that name no tasks can only chat.
 */
const asMostSay = (offers: readonly NodeModel[]): readonly ServedModel[] => {
  const [first] = offers
  if (first === undefined) return []
  const most = <Value>(values: (offer: NodeModel) => readonly Value[]): readonly Value[] =>
    countsOf(offers.flatMap(values)).filter(([, nodes]) => nodes * 2 >= offers.length).map(([value]) => value)
  const [context] = countsOf(offers.map((offer) => offer.contextLength)).toSorted(([one, n], [other, m]) => m - n || one - other)
  return [{
    name: first.name,
    contextLength: context?.[0] ?? first.contextLength,
    tasks: most(({ tasks = ["chat"] }) => tasks),
    features: most(({ features = [] }) => features),
  }]
}

const countsOf = <Value>(values: readonly Value[]): readonly (readonly [Value, number])[] =>
  [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length])

const byName = ({ name: one }: ServedModel, { name: other }: ServedModel): number => (one < other ? -1 : 1)

export const noNode = (model: string): ApiError =>
  unavailable("no_node_available", `No node serves the model \`${model}\` at the moment. Please try again.`)

const shown = (name: string): string => `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}`
