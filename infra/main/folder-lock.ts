import pg from "pg"
import process from "node:process"
import { cannotStart } from "./exit.ts"

/** Any number that means "the one network of this log" and nothing else in its database. */
const LOCK_KEY = 7_378_425_806n
const NAME_PREFIX = "resultity up, pid "

export interface FolderLock {
  readonly release: () => Promise<void>
}

/**
 * Makes this process the only network of a data folder, for as long as it lives: a session lock in the folder's own Postgres, which
 * a crash gives back. Fails with the pid of the network that has it.
 */
export const lockFolder = async (url: string, dir: string): Promise<FolderLock> => {
  const client = new pg.Client({ connectionString: url, application_name: `${NAME_PREFIX}${process.pid}` })
  await client.connect()
  const { rows } = await client.query<{ readonly locked: boolean }>("select pg_try_advisory_lock($1) as locked", [LOCK_KEY])
  if (rows[0]?.locked !== true) {
    const pid = await holderOf(client)
    await client.end()
    throw cannotStart(`another \`resultity up\`${pid === null ? "" : ` (pid ${pid})`} already runs on ${dir}; stop it, or use another --data`)
  }
  // Losing the session means losing Postgres; every part of the network notices that by itself and says so.
  client.on("error", () => {})
  return { release: () => client.end() }
}

/** Pid of the network that holds the lock, or null when it went away meanwhile. */
export const lockHolder = async (url: string): Promise<number | null> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await holderOf(client)
  } finally {
    await client.end()
  }
}

const holderOf = async (client: pg.Client): Promise<number | null> => {
  const { rows } = await client.query<{ readonly application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and (l.classid::bigint << 32) + l.objid::bigint = $1
       and l.database = (select oid from pg_database where datname = current_database())`,
    [LOCK_KEY],
  )
  const name = rows[0]?.application_name
  return name?.startsWith(NAME_PREFIX) === true ? Number(name.slice(NAME_PREFIX.length)) : null
}
