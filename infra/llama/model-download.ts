import { join } from "node:path"
import { EngineFailed } from "#node/ports/inference-engine.ts"

/** How a model on the Hugging Face hub is named: `hf:<user>/<repository>[:<file>]`. */
export const HUB = "hf:"

export interface DownloadOptions {
  readonly dataDir: string
  /** Bytes so far and in all; not called when the file is there already. */
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void
}

/** The model's file in `<dataDir>/models`, downloaded unless it is there. A download that was cut off goes on where it was. */
export const downloadModel = async (uri: string, { dataDir, onProgress }: DownloadOptions): Promise<string> => {
  const { resolveModelFile } = await import("node-llama-cpp")
  try {
    return await resolveModelFile(uri, {
      directory: join(dataDir, "models"),
      download: "auto",
      cli: false,
      onProgress: ({ totalSize, downloadedSize }) => onProgress({ done: downloadedSize, total: totalSize }),
    })
  } catch (cause) {
    throw new EngineFailed({
      message: `${uri} cannot be downloaded (${reasonOf(cause)}): is the name right, and is the internet reachable? A file that is here already works too: --model <path>`,
    })
  }
}

/** "fetch failed" says nothing; its cause does. */
const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error && cause.cause.message !== "" ? cause.cause.message : cause.message
}
