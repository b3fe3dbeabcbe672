import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parse, parseAllDocuments } from "yaml"
import type { Compose, ComposeService, Container, KubernetesObject, Kustomization } from "./deploy-objects.ts"

export const DEPLOY = join(import.meta.dirname, "../../infra/deploy")

export const deployText = (path: string): string => readFileSync(join(DEPLOY, path), "utf8")

/** YAML 1.1, as kubectl and compose read it: merge keys, octal numbers with a leading 0. */
const DIALECT = { merge: true, version: "1.1" } as const

/** Paths of all files that are deployed, from `infra/deploy`. */
export const deployFiles = (): readonly string[] =>
  readdirSync(DEPLOY, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(DEPLOY.length + 1))
    .filter((path) => !path.startsWith("secrets/"))

/** One YAML file with one document, of the shape that the caller knows. */
export const deployed = <Shape>(path: string): Shape => parse(deployText(path), DIALECT)

export const kustomization = (folder: string): Kustomization => deployed(`${folder}/kustomization.yaml`)

/** Every object in the files that a kustomization names, its sub-folders included. */
export const objectsOf = (folder: string): readonly KubernetesObject[] =>
  (kustomization(folder).resources ?? []).flatMap((resource) =>
    resource.endsWith(".yaml")
      ? parseAllDocuments(deployText(`${folder}/${resource}`), DIALECT).map((document): KubernetesObject => document.toJS())
      : objectsOf(join(folder, resource)),
  )

export const containersOf = ({ spec }: KubernetesObject): readonly Container[] => spec?.template?.spec.containers ?? []

export const compose: Compose = deployed("compose.yaml")
export const services: readonly ComposeService[] = Object.values(compose.services)

export interface Stage {
  readonly name: string
  readonly from: string
  /** Instructions with continued lines joined, in order. */
  readonly lines: readonly string[]
}

/** The stages of the Dockerfile. */
export const stages: readonly Stage[] = (() => {
  const text = deployText("Dockerfile").replaceAll(/^#.*\n/gm, "").replaceAll(/\\\n\s*/g, "")
  const instructions = text.split("\n").filter((line) => line !== "")
  const starts = instructions.flatMap((line, at) => (line.startsWith("FROM ") ? [at] : []))
  return starts.map((start, index) => {
    const [, from = "", , name = ""] = (instructions[start] ?? "").split(/\s+/)
    return { name, from, lines: instructions.slice(start + 1, starts[index + 1]) }
  })
})()

/** A stage and those that it is made from, itself first. */
export const lineage = (name: string): readonly Stage[] => {
  const stage = stages.find((one) => one.name === name)
  return stage === undefined ? [] : [stage, ...lineage(stage.from)]
}

/** The instructions that make an image, the last first. */
export const instructionsOf = (target: string): readonly string[] => lineage(target).flatMap(({ lines }) => lines)
