import process from "node:process"
import { Effect, Layer } from "effect"
import { ContentStore } from "#commands/ports/content-store.ts"
import { Counters } from "#commands/ports/counters.ts"
import { openContent } from "./adapters/open-content.ts"
import type { DataFolder, FolderServices } from "./data-folder.ts"

/** Runs an effect of a command that reaches contents; nobody reads its counters. */
export const runWithContents = async <A, E>(folder: DataFolder, effect: Effect.Effect<A, E, FolderServices | ContentStore | Counters>): Promise<A> => {
  const closing: (() => Promise<void>)[] = []
  try {
    const { content } = await openContent({ ...folder, name: `resultity-cli-${process.pid}`, onClose: (step) => void closing.push(step) })
    const services = Layer.mergeAll(Layer.succeed(ContentStore, content), Layer.succeed(Counters, { increment: () => {} }))
    return await folder.run(Effect.provide(effect, services))
  } finally {
    for (const close of closing) await close()
  }
}
