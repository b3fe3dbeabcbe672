import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { cannotStart } from "./exit.ts"

/** The tiny chat model that comes with the project: what `up` and `node` serve when no other model is named. */
export const DEMO_MODEL = fileURLToPath(new URL("../../models/tiny-chat-f16.gguf", import.meta.url))

/** Fails before anything is started for a file that is not there. What is fetched or needs no file passes. */
export const requireModel = (model: string): void => {
  const isFile = !/^(hf|echo):/.test(model)
  if (isFile && !existsSync(model)) throw cannotStart(`there is no model file ${model}; name one with --model, or leave it out for the demo model`)
}
