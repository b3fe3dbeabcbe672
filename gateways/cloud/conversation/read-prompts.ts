import type { Prompt } from "#domain/protocol/inference-request.ts"
import { invalidValue, wellFormed } from "./read-fields.ts"

type GivenPrompts = string | readonly string[] | readonly number[] | readonly (readonly number[])[]

/** One prompt after the other, in the order given; a list of numbers is one prompt in tokens. Throws the 400 for one without any. */
export const readPrompts = (given: GivenPrompts, param: string, maximum: number): readonly Prompt[] => {
  const prompts = listOf(given)
  if (prompts.length === 0) throw invalidValue(param, "it must not be empty")
  if (prompts.length > maximum) throw invalidValue(param, `at most ${maximum} at once`)
  return prompts.map((prompt, index) => {
    const at = prompts.length === 1 && !isListOfLists(given) ? param : `${param}[${index}]`
    if (typeof prompt === "string") return wellFormed(prompt, at)
    if (prompt.length === 0) throw invalidValue(at, "a list of tokens must not be empty")
    return prompt
  })
}

const listOf = (given: GivenPrompts): readonly Prompt[] => {
  if (typeof given === "string") return [given]
  return isTokens(given) ? [given] : given
}

/** An empty list is a list of no prompts. */
const isTokens = (given: Exclude<GivenPrompts, string>): given is readonly number[] => typeof given[0] === "number"

const isListOfLists = (given: GivenPrompts): boolean => typeof given !== "string" && !isTokens(given)
