import { constants } from "node:fs"
import { access, mkdir, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { cannotStart } from "./exit.ts"

const OWNER_ONLY = 0o700

/** Makes sure that `dir` is a folder this process can write, and says in one line what is in the way if it is not. */
export const prepareFolder = async (dir: string): Promise<void> => {
  await makeFolder(dir)
  await access(dir, constants.W_OK).catch((cause: unknown) => {
    throw cannotStart(`${dir} is not writable; give yourself write permission, or name another folder with --data`, cause)
  })
}

/** One folder after the other: `mkdir` with `recursive` never returns where the system answers ENOENT, as below /proc. */
const makeFolder = async (dir: string): Promise<void> => {
  const found = await stat(dir).catch(() => null)
  if (found?.isDirectory() === true) return
  if (found !== null) throw cannotStart(`${dir} is not a folder; name another one with --data`)
  if (dirname(dir) !== dir) await makeFolder(dirname(dir))
  await mkdir(dir, { mode: OWNER_ONLY }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST") return
    throw cannotStart(`cannot make the folder ${dir}: ${REASONS[cause.code ?? ""] ?? cause.message}`, cause)
  })
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the disk is read-only",
  ENOSPC: "no space left on the disk",
  ENOENT: "this place takes no folders",
}
