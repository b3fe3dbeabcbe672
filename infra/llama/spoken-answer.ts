import type { Token } from "node-llama-cpp"
import { MAX_ANSWER_BYTES, plainText, recordText } from "#domain/protocol/answer-text.ts"
import { StopStrings } from "#node/jobs/stop-strings.ts"
import type { ChosenTokens } from "./chosen-tokens.ts"
import { beginningOf, type TokenGroup, tokenGroups } from "./token-groups.ts"

/** Log probabilities take a hundred times the room of what is said: an answer ends where it is as large as one may be. */
const MAX_CHARACTERS = MAX_ANSWER_BYTES - 1024 * 1024

export type OnText = (text: string, tokens: number) => void

/**
 * What a model says, on its way out: ends before a stop string, holds no record separator, and brings the log probabilities of its
 * tokens before their text where these are wanted. Tokens are let go whole then, but for the last one before a stop string.
 */
export class SpokenAnswer {
  readonly #onText: OnText
  readonly #chosen: ChosenTokens | null
  readonly #stops: StopStrings
  #groups: TokenGroup[] = []
  /** Characters and tokens that no stop string holds back any more. */
  #free = 0
  #freeTokens = 0
  #characters: number
  completionTokens = 0

  /** `delivered`: characters of the answer that are there already, records among them. */
  constructor({ stops, chosen, delivered }: { readonly stops: readonly string[]; readonly chosen: ChosenTokens | null; readonly delivered: number }, onText: OnText) {
    this.#onText = onText
    this.#characters = delivered
    this.#chosen = chosen
    this.#stops = new StopStrings(stops, (text, tokens) => (chosen === null ? this.#say(text, tokens) : this.#release(text, tokens)))
  }

  get isFull(): boolean {
    return this.#characters > MAX_CHARACTERS
  }

  /** True when a stop string is complete: nothing of what follows is heard. */
  hear(text: string, tokens: readonly Token[]): boolean {
    const said = plainText(text)
    if (this.#chosen === null) return this.#stops.take(said, tokens.length)
    const groups = tokenGroups(said, this.#chosen.take(tokens))
    const [first] = groups
    const others = groups.slice(1)
    const spoken = others.reduce((sum, { choices }) => sum + choices.length, 0)
    // Tokens that say nothing count with the first that says something.
    if (first === undefined || said === "") return this.#stops.take("", tokens.length)
    this.#groups.push(...groups)
    const stopped = this.#stops.take(first.text, tokens.length - spoken) || others.some(({ text: one, choices }) => this.#stops.take(one, choices.length))
    if (stopped) this.#flush()
    return stopped
  }

  /** Tokens that were computed and say nothing. */
  unseen(tokens: number): void {
    this.#say("", tokens)
  }

  /** No more is said: what was held back is text after all. */
  finish(): void {
    this.#stops.finish()
    if (this.#chosen !== null) this.#flush()
  }

  #release(text: string, tokens: number): void {
    this.#free += text.length
    this.#freeTokens += tokens
    const whole: TokenGroup[] = []
    for (const group of this.#groups) {
      if (group.text.length > this.#free) break
      this.#free -= group.text.length
      whole.push(group)
    }
    this.#groups = this.#groups.slice(whole.length)
    if (whole.length > 0 || this.#free === 0) this.#sayGroups(whole)
  }

  #flush(): void {
    const [cut] = this.#groups
    this.#groups = []
    const rest = cut === undefined || this.#free === 0 ? [] : [beginningOf(cut, this.#free)]
    this.#free = 0
    if (rest.length > 0 || this.#freeTokens > 0) this.#sayGroups(rest)
  }

  #sayGroups(groups: readonly TokenGroup[]): void {
    const tokens = groups.flatMap(({ choices }) => choices)
    const text = groups.map((group) => group.text).join("")
    const freed = this.#freeTokens
    this.#freeTokens = 0
    this.#say(tokens.length === 0 ? text : `${recordText({ type: "logprobs", tokens })}${text}`, freed)
  }

  #say(text: string, tokens: number): void {
    if (text === "" && tokens === 0) return
    this.completionTokens += tokens
    this.#characters += text.length
    this.#onText(text, tokens)
  }
}
