import { cleanUp, resultity, start, temporaryFolder } from "#test/support/processes.ts"
import { dictionaryFor } from "./dictionary.ts"
import type { ApiDocument } from "./document.ts"
import type { FuzzOptions } from "./fuzz.ts"

/** Pays for whatever the requests ask. */
const MICRO_CREDITS = "100000000000"

/** A whole network with the echo engine, in a process of its own, for as long as `use` takes. */
export const withFuzzedPlatform = async <Result>(use: (platform: FuzzedPlatform) => Promise<Result>): Promise<Result> => {
  const data = await temporaryFolder()
  try {
    const { ready } = await start("up", "--port", "0", "--model", "echo:", "--data", data)
    const granted = await resultity("credits", "grant", "--amount", MICRO_CREDITS, "--namespace", String(ready["namespace_id"]), "--data", data)
    if (granted.code !== 0) throw new Error(`no credits: ${granted.stderr}`)
    const url = new URL(String(ready["base_url"])).origin
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as ApiDocument
    const [model = ""] = ready["models"] as readonly string[]
    return await use({ url, document, key: String(ready["api_key"]), ids: [model], dictionary: dictionaryFor(model) })
  } finally {
    await cleanUp([data])
  }
}

export type FuzzedPlatform = Omit<FuzzOptions, "cases" | "seed">
