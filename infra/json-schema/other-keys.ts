/** A node of a tree of names: which character leads where, and whether a name ends here. */
interface Branch {
  readonly next: Map<string, Branch>
  ends: boolean
}

/**
 * Grammar of a JSON string that is none of these names, however it is escaped: the characters in which it differs from them are plain
 * ones. A name with a character that JSON escapes is never begun.
 */
export const otherKeys = (names: readonly string[]): string => {
  if (names.length === 0) return "string"
  const root: Branch = { next: new Map(), ends: false }
  for (const name of names) {
    let branch = root
    for (const character of name) {
      const next: Branch = branch.next.get(character) ?? { next: new Map(), ends: false }
      branch.next.set(character, next)
      branch = next
    }
    branch.ends = true
  }
  return String.raw`"\"" (${differing(root)}) "\""`
}

const differing = ({ next, ends }: Branch): string => {
  const taken = [...next.keys()]
  const others = String.raw`[^"\\\x7F\x00-\x1F${taken.filter((character) => !needsEscape(character)).map(inClass).join("")}] char*`
  const along = [...next].filter(([character]) => !needsEscape(character)).map(([character, branch]) => `[${inClass(character)}] (${differing(branch)})`)
  return [others, ...along, ...(ends ? [] : [`""`])].join(" | ")
}

const needsEscape = (character: string): boolean => JSON.stringify(character) !== `"${character}"` || character === "\u007f"

/** Every character in a class may be written by its number. */
const inClass = (character: string): string => String.raw`\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`
