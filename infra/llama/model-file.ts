import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { open, stat } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { basename } from "node:path"
import { pipeline } from "node:stream/promises"
import { EngineFailed } from "#node/ports/inference-engine.ts"
import { downloadModel, type DownloadOptions, HUB } from "./model-download.ts"

const MAGIC = "GGUF"
const TINY_MODEL_BYTES = 64 * 1024 * 1024
const MAX_THREADS = 16
const MAX_NAME_LENGTH = 128

/** A path to a model file on this machine, or an `hf:` URI that is downloaded into the data folder first. */
export const resolveModel = async (model: string, options: DownloadOptions): Promise<string> => {
  const path = model.startsWith(HUB) ? await downloadModel(model, options) : model
  await checkModelFile(path)
  return path
}

/** The file's name without `.gguf`; full precision is not worth a mention: tiny-chat-f16.gguf is `tiny-chat`. */
export const modelNameOf = (path: string): string =>
  basename(path)
    .replace(/\.gguf$/i, "")
    .replace(/[-_.](f16|f32|bf16)$/i, "")
    .replace(/\s+/g, "-")
    .slice(0, MAX_NAME_LENGTH) || "model"

/** SHA-256 of the file, hex. */
export const hashOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256")
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest("hex")
}

/**
 * More threads than free cores is far slower than one, because the engine's threads spin while they wait; a tiny model gains nothing
 * from a second.
 */
export const defaultThreads = async (path: string): Promise<number> => {
  const { size } = await stat(path)
  return size < TINY_MODEL_BYTES ? 1 : Math.max(1, Math.min(availableParallelism() - 1, MAX_THREADS))
}

/** Fails in plain words before an engine is started for what it could not read. */
export const checkModelFile = async (path: string): Promise<void> => {
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    throw new EngineFailed({ message: cause.code === "ENOENT" ? `there is no model file ${path}` : `cannot read ${path}: ${cause.code}` })
  })
  try {
    if ((await file.stat()).isDirectory()) throw new EngineFailed({ message: `${path} is a folder; --model takes a GGUF file` })
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
    if (buffer.toString("latin1") !== MAGIC) throw new EngineFailed({ message: `${path} is not a GGUF model file` })
  } finally {
    await file.close()
  }
}
