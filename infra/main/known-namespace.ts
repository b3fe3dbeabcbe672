import { Effect } from "effect"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import { Commands } from "#commands/handle.ts"
import type { DataFolder } from "./data-folder.ts"
import { failure } from "./exit.ts"

/** Fails in plain words for a namespace that was never created. */
export const requireNamespace = async (folder: DataFolder, namespaceId: NamespaceId): Promise<void> => {
  const { created } = await folder.run(Effect.flatMap(Commands, ({ load }) => load(namespace, namespaceId)))
  if (created === null) throw failure(`there is no namespace ${namespaceId} in ${folder.dir}`)
}
