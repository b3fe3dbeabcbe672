import type { PresenceShape } from "#commands/ports/presence.ts"
import type { Environment } from "#domain/kernel/ids.ts"
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

export interface ServedModels {
  /** Names of what can be asked now, sorted. */
  readonly list: () => readonly string[]
  readonly isServed: (name: string) => boolean
  /** Why a model that is not served is not: 503 while its nodes are away, 404 when there never was one. */
  readonly absence: (name: string) => Promise<ApiError>
}

/** A model is served while a node that lists it is online. */
export const servedModels = ({ environment, presence, models, now }: ServedModelsDeps): ServedModels => {
  const nodes = () => presence.online(now()).filter((node) => node.environment === environment)
  return {
    list: () => [...new Set(nodes().flatMap((node) => node.models.map((model) => model.name)))].sort(),
    isServed: (name) => nodes().some((node) => node.models.some((model) => model.name === name)),
    absence: async (name) => {
      if (name.length > MAX_NAME_CHARACTERS || CONTROL.test(name) || !name.isWellFormed()) return unknownModel(shown(name))
      const known = await models.known(name).catch(() => null)
      if (known === null) return unavailable("models_unavailable", "Models cannot be looked up at the moment. Please try again.")
      return known ? noNode(name) : unknownModel(name)
    },
  }
}

export const noNode = (model: string): ApiError =>
  unavailable("no_node_available", `No node serves the model \`${model}\` at the moment. Please try again.`)

const shown = (name: string): string => `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}`
