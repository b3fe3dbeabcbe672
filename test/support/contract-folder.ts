import { mkdtemp, rm } from "node:fs/promises"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

const folderIn = async (parent: string): Promise<string> => {
  const folder = await mkdtemp(join(parent, ".resultity-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A folder that goes with the test. */
export const testFolder = (): Promise<string> => folderIn(tmpdir())

/** The same below the home folder, which for root no other account may enter. */
export const testFolderAtHome = (): Promise<string> => folderIn(homedir())
