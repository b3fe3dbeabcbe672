import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"
import process from "node:process"
import { found, missing, type Source } from "./engine.ts"

/** Servers and administration tools lie there, and a person's PATH often leaves them out. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

/** Where `program` lies, or null. `elsewhere` is looked at after the PATH. */
export const onPath = (program: string, elsewhere: readonly string[] = []): string | null => {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS].filter((folder) => folder !== "")
  return [...folders.map((folder) => join(folder, program)), ...elsewhere].find(isProgram) ?? null
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** `refuse` says why a program that is there does not serve, or null. */
export const pathSource = (program: string, refuse: (path: string) => Promise<string | null> = async () => null): Source => ({
  name: "PATH",
  find: async () => {
    const path = onPath(program)
    if (path === null) return missing("not there")
    const why = await refuse(path)
    return why === null ? found(path) : missing(why)
  },
})
