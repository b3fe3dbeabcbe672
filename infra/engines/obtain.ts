import { EngineUnavailable, type Search, type Wanted } from "./engine.ts"

/** Searches under way: two engines that need the same program must not build it twice at once. */
const underWay = new Map<string, Promise<string>>()

/** The program from the first source that has it. Fails with what each of them said. */
export const obtain = (wanted: Wanted, search: Search): Promise<string> => {
  const known = underWay.get(wanted.program)
  if (known !== undefined) return known
  const looking = look(wanted, search).finally(() => underWay.delete(wanted.program))
  underWay.set(wanted.program, looking)
  return looking
}

const look = async ({ program, sources }: Wanted, search: Search): Promise<string> => {
  const reasons: string[] = []
  for (const source of sources) {
    search.interrupted.throwIfAborted()
    const result = await source.find(search)
    if (result._tag === "Found") return result.path
    reasons.push(`${source.name}: ${result.why}`)
  }
  throw new EngineUnavailable({ message: `no ${program} here. ${reasons.join("; ")}` })
}
