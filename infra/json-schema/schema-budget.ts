import { UnsupportedSchema } from "./unsupported-schema.ts"

/** Schemas within a schema: what is beyond would be slow to enforce. OpenAI takes 5 000 properties. */
const MAX_SCHEMAS = 5_000
/** Rules that limits of texts, lists and numbers become: the engine writes out every repetition. */
export const MAX_TOTAL_REPETITIONS = 24_000
/** Of names and constants. */
export const MAX_CHARACTERS = 128_000
/** Comparisons by which the schemas of `oneOf` are told apart: about 200 alternatives that differ in one property. */
export const MAX_COMPARISONS = 100_000
/** Parts of the smallest value: what has more fits hardly into any context. */
export const MAX_PARTS = 20_000

/** What reading all the schemas of one request and writing their grammars may cost. It is counted, so every node refuses the same. */
export class SchemaBudget {
  /** Of `disjoint` and `minimalValue`, which count down themselves. */
  comparisons = MAX_COMPARISONS
  parts = MAX_PARTS
  #schemas = 0
  #repetitions = 0
  #characters = 0

  schema(at: string): void {
    this.#schemas += 1
    if (this.#schemas > MAX_SCHEMAS) throw new UnsupportedSchema(`${at}: has more than ${MAX_SCHEMAS} schemas in it, or another before it has`)
  }

  repeat(times: number, keyword: string, at: string): void {
    this.#repetitions += times
    if (this.#repetitions > MAX_TOTAL_REPETITIONS) {
      throw new UnsupportedSchema(`${at}: "${keyword}" exceeds what limits may come to in one request (${MAX_TOTAL_REPETITIONS})`)
    }
  }

  write(characters: number, keyword: string, at: string): void {
    this.#characters += characters
    if (this.#characters > MAX_CHARACTERS) throw new UnsupportedSchema(`${at}: "${keyword}" exceeds the characters of names and values in one request`)
  }
}
