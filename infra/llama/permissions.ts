import process from "node:process"

/**
 * What the inference process starts with: reading, to load the addon and the model, and a child, by which node-llama-cpp tries the
 * addon before it trusts it. Writing it never may. The native code itself is outside of Node's permission model.
 */
export const WORKER_FLAGS = [
  "--permission",
  "--allow-addons",
  "--allow-child-process",
  "--allow-fs-read=*",
  "--disable-warning=PERM0001",
  "--disable-warning=PERM0002",
]

interface Permission {
  readonly drop: (scope: string) => void
}

const isPermission = (value: unknown): value is Permission =>
  typeof value === "object" && value !== null && "drop" in value && typeof value.drop === "function"

/**
 * From here on no JavaScript in this process can read a file (the node's key among them) or start a program: a model brings a
 * template that is interpreted.
 */
export const dropPermissions = (): void => {
  const permission: unknown = Reflect.get(process, "permission")
  if (!isPermission(permission)) return
  for (const scope of ["child", "fs.read"]) permission.drop(scope)
}
