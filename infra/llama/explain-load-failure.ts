import { basename } from "node:path"
import type { LoadOptions } from "./worker-messages.ts"

/** Why a model did not load, for the owner of the machine. `lastLog` is what the engine said last: it throws without its reason. */
export const explainLoadFailure = (cause: unknown, { path, slots }: LoadOptions, lastLog: string): string => {
  const file = basename(path)
  const name = cause instanceof Error ? cause.constructor.name : ""
  const said = cause instanceof Error ? cause.message : String(cause)
  switch (name) {
    case "NoBinaryFoundError":
      return `no inference engine for this platform (${process.platform} ${process.arch}): is its @node-llama-cpp package installed?`
    case "InsufficientMemoryError":
      return `not enough memory for ${file} with ${slots} answers at once: take fewer --slots or a smaller model (${said})`
    case "InvalidGgufMagicError":
      return `${file} is not a GGUF model file`
    default:
      return `${file} cannot be loaded: ${[said, lastLog].filter((text) => text !== "").join(": ")}`
  }
}
