import { randomBytes } from "node:crypto"
import { createReadStream } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import pg from "pg"

/** Strings that occur nowhere else, by what they are planted in. */
export type Plants = Readonly<Record<string, string>>

export const plantsFor = <const Name extends string>(...names: readonly Name[]): Readonly<Record<Name, string>> =>
  Object.fromEntries(names.map((name) => [name, `zq${randomBytes(9).toString("hex")}`])) as Record<Name, string>

/** Longer than any needle, so that one that lies across two chunks is found. */
const OVERLAP_BYTES = 256
const ALIGNMENTS = [0, 1, 2]

/** The string as it is, in hexadecimal, and in base64 wherever its bytes fall in a group of three. */
const needlesOf = (planted: string): readonly Buffer[] => {
  const plain = Buffer.from(planted)
  const base64 = ALIGNMENTS.flatMap((shift) => {
    // Without the characters that its neighbours have a part in.
    const inner = Buffer.concat([Buffer.alloc(shift), plain]).toString("base64").replace(/=+$/, "").slice(shift === 0 ? 0 : shift + 1, -2)
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")]
  })
  return [plain, Buffer.from(plain.toString("hex")), Buffer.from(plain.toString("hex").toUpperCase()), ...base64.map((text) => Buffer.from(text))]
}

/** Which of the plants are in these bytes, as `<plant> in <where>`. */
export const foundIn = (where: string, bytes: Buffer | string, plants: Plants): readonly string[] => {
  const haystack = typeof bytes === "string" ? Buffer.from(bytes) : bytes
  return Object.entries(plants).flatMap(([name, planted]) => (needlesOf(planted).some((needle) => haystack.includes(needle)) ? [`${name} in ${where}`] : []))
}

/** ... in the files below this folder, those of these names left out. */
export const foundInFolder = async (folder: string, plants: Plants, except: readonly string[] = []): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !except.includes(entry.name)).map(({ parentPath, name }) => join(parentPath, name))
  const found: string[] = []
  for (const file of files) found.push(...(await foundInFile(file, plants)))
  return found
}

const foundInFile = async (file: string, plants: Plants): Promise<readonly string[]> => {
  const found = new Set<string>()
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 4 * 1024 * 1024 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer])
    for (const one of foundIn(file, bytes, plants)) found.add(one)
    rest = bytes.subarray(-OVERLAP_BYTES)
  }
  return [...found]
}

/** ... in any row of any table of the database; `rows` were looked at. Bytes show as hexadecimal. */
export const foundInPostgres = async (url: string, plants: Plants): Promise<{ readonly found: readonly string[]; readonly rows: number }> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await client.query<{ readonly name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    )
    const found: string[] = []
    let rows = 0
    for (const { name } of tables.rows) {
      const all = await client.query<{ readonly row: string }>(`select t::text as row from ${name} t`)
      rows += all.rows.length
      found.push(...foundIn(`table ${name}`, all.rows.map(({ row }) => row).join("\n"), plants))
    }
    return { found, rows }
  } finally {
    await client.end()
  }
}
