import { EngineUnavailable, type Search, type Wanted } from "./engine.ts"

/** The program from the first source that has it. Fails with what each of them said. */
export const obtain = async ({ program, sources }: Wanted, search: Search): Promise<string> => {
  const reasons: string[] = []
  for (const source of sources) {
    search.interrupted.throwIfAborted()
    const result = await source.find(search)
    if (result._tag === "Found") return result.path
    reasons.push(`${source.name}: ${result.why}`)
  }
  throw new EngineUnavailable({ message: `no ${program} here. ${reasons.join("; ")}` })
}
