import { randomUUID } from "node:crypto"
import { type MongoLink, openMongo } from "#infra/mongo/connect.ts"
import { engineUrl } from "./engines.ts"

export interface TestMongo {
  readonly link: MongoLink
  /** The same database as another process reaches it. */
  readonly other: MongoLink
  /** Drops the database. */
  readonly close: () => Promise<void>
}

/** A database of its own on the engines' MongoDB, or what stands in for it. */
export const openTestMongo = async (): Promise<TestMongo> => {
  const address = new URL(engineUrl("mongo"))
  address.pathname = `/test_${randomUUID().replaceAll("-", "")}`
  const url = address.href
  const [link, other] = await Promise.all([openMongo(url, { name: "test" }), openMongo(url, { name: "test" })])
  const close = async (): Promise<void> => {
    await link.db.dropDatabase()
    await Promise.all([link.close(), other.close()])
  }
  return { link, other, close }
}

/** A stand-in for MongoDB may not do this; MongoDB must. Whoever reads the run sees what it did not prove. */
export const notProved = ({ server }: MongoLink, what: string): void => {
  if (server.kind === "mongodb") throw new Error(`${server.what} does not do it: ${what}`)
  console.log(`not proved, ${server.what} does not do it: ${what}`)
}
