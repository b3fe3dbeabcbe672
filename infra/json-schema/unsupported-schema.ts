/** A schema that cannot be enforced, or none at all. The message names the keyword and where it stands, and no value of the schema. */
export class UnsupportedSchema extends Error {}
