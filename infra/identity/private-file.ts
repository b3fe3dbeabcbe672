import { randomBytes } from "node:crypto"
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"

const OWNER_ONLY = 0o600
const OTHERS = 0o077

/** The file's text, or null when there is none. Rights that others have on it are taken away. */
export const readPrivate = async (path: string): Promise<string | null> => {
  try {
    const text = await readFile(path, "utf8")
    if (((await stat(path)).mode & OTHERS) !== 0) await chmod(path, OWNER_ONLY)
    return text
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}

/** A whole, synced file appears, unless another process was first: link(2), unlike rename(2), never replaces. */
export const createPrivate = (path: string, text: string): Promise<void> =>
  withDraft(path, text, (draft) =>
    link(draft, path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause
    }),
  )

/** Replaces the file by a whole, synced one. */
export const replacePrivate = (path: string, text: string): Promise<void> =>
  withDraft(path, text, (draft) => rename(draft, path))

const withDraft = async (path: string, text: string, publish: (draft: string) => Promise<void>): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`
  try {
    const file = await open(draft, "wx", OWNER_ONLY)
    await file.writeFile(text)
    await file.sync()
    await file.close()
    await publish(draft)
    const folder = await open(dirname(path), "r")
    await folder.sync()
    await folder.close()
  } finally {
    await rm(draft, { force: true })
  }
}

const isMissing = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ENOENT"
