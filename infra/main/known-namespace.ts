import { Effect } from "effect"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import { Commands } from "#commands/handle.ts"
import type { DataFolder } from "./data-folder.ts"
import { readDemoKey } from "./demo-key.ts"
import { failure } from "./exit.ts"

/** The namespace that was named, or the demo's. Fails in plain words for one that was never created. */
export const chooseNamespace = async (folder: DataFolder, named: NamespaceId | undefined): Promise<NamespaceId> => {
  const namespaceId = named ?? (await readDemoKey(folder))?.namespaceId
  if (namespaceId === undefined) throw failure("which namespace? There is no demo here: pass --namespace ns_…")
  await requireNamespace(folder, namespaceId)
  return namespaceId
}

export const requireNamespace = async (folder: DataFolder, namespaceId: NamespaceId): Promise<void> => {
  const { created } = await folder.run(Effect.flatMap(Commands, ({ load }) => load(namespace, namespaceId)))
  if (created === null) throw failure(`there is no namespace ${namespaceId} in ${folder.dir}`)
}
