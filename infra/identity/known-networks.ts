import { join } from "node:path"
import { Effect, Result, Schema } from "effect"
import { type KnownNetworkShape, LocalStoreFailed } from "#node/ports/known-network.ts"
import { readPrivate, replacePrivate } from "./private-file.ts"

/** Networks that are remembered; beyond it the oldest is forgotten. */
const MAX_NETWORKS = 256

const NetworksFile = Schema.Record(Schema.String, Schema.Struct({ networkKey: Schema.String }))
const decode = Schema.decodeUnknownResult(Schema.fromJsonString(NetworksFile))

/** `<dataDir>/node/networks.json`: the pinned key of each network by its address. `presetKey` replaces what was pinned. */
export const knownNetwork = (dataDir: string, address: string, presetKey?: string): KnownNetworkShape => {
  const path = join(dataDir, "node", "networks.json")

  const read = async (): Promise<typeof NetworksFile.Type> => {
    const text = await readPrivate(path)
    const decoded = text === null ? Result.succeed({}) : decode(text)
    if (Result.isFailure(decoded)) throw new Error(`${path} is damaged: remove it if the network's key may be learned again`)
    return decoded.success
  }
  const pin = async (networkKey: string): Promise<void> => {
    const { [address]: _, ...others } = await read()
    const kept = Object.entries(others).slice(-(MAX_NETWORKS - 1))
    await replacePrivate(path, `${JSON.stringify({ ...Object.fromEntries(kept), [address]: { networkKey } }, null, 2)}\n`)
  }
  const key = async (): Promise<string | null> => {
    const pinned = (await read())[address]?.networkKey ?? null
    if (presetKey === undefined || presetKey === pinned) return pinned
    await pin(presetKey)
    return presetKey
  }
  return { key: attempt(key), pin: (networkKey) => attempt(() => pin(networkKey)) }
}

const attempt = <Value>(work: () => Promise<Value>) =>
  Effect.tryPromise({
    try: work,
    catch: (cause) => new LocalStoreFailed({ message: cause instanceof Error ? cause.message : "the node's data folder cannot be used" }),
  })
