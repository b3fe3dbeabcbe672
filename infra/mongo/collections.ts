import { type Document, type IndexDescription, MongoServerError } from "mongodb"
import type { MongoLink } from "./connect.ts"

const NAMESPACE_EXISTS = 48
export interface CollectionDefinition {
  readonly name: string
  /** Everything that is written must match, whoever writes it. */
  readonly schema: Document
  readonly indexes: readonly IndexDescription[]
}

/** Makes what is missing and brings the rules up to date; by any number of processes at once. */
export const prepareCollections = async (link: MongoLink, definitions: readonly CollectionDefinition[]): Promise<void> => {
  for (const definition of definitions) await prepare(link, definition)
}

const prepare = async ({ db, server }: MongoLink, { name, schema, indexes }: CollectionDefinition): Promise<void> => {
  await db.createCollection(name).catch((cause: unknown) => {
    if (!(cause instanceof MongoServerError) || cause.code !== NAMESPACE_EXISTS) throw cause
  })
  // FerretDB 2.7 parses some of it and checks nothing.
  if (server.kind === "mongodb") {
    await db.command({ collMod: name, validator: { $jsonSchema: schema }, validationLevel: "strict", validationAction: "error" })
  }
  if (indexes.length > 0) await db.collection(name).createIndexes([...indexes])
}
