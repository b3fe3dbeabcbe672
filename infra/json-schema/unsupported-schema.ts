/** A schema that cannot be enforced, or none at all. The message names the keyword and where it stands, and no value of the schema. */
export class UnsupportedSchema extends Error {}

/** Says at which place what is wrong. */
export const fail = (at: string, problem: string): never => {
  throw new UnsupportedSchema(`${at}: ${problem}`)
}
