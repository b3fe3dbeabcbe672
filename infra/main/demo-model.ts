import { fileURLToPath } from "node:url"

/** The tiny chat model that comes with the project: what `up` and `node` serve when no other model is named. */
export const DEMO_MODEL = fileURLToPath(new URL("../../models/tiny-chat-f16.gguf", import.meta.url))
