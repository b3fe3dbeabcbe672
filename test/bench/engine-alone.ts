import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { closedAtTheLatest } from "./clean-up.ts"

/** Each sequence is to answer this many questions, one after the other. */
export interface AloneOrder {
  readonly turns: number
}
export interface Done {
  readonly type: "done"
  readonly tokens: number
  readonly seconds: number
}
export type AloneReply = { readonly type: "ready" } | Done

const ENTRY = fileURLToPath(new URL("./engine-alone-process.ts", import.meta.url))

/** node-llama-cpp in a process of its own, without the network around it. */
export const startEngineAlone = async (sequences: number) => {
  const child = fork(ENTRY, [String(sequences)], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const exited = once(child, "exit")
  const stop = closedAtTheLatest(async () => {
    child.kill("SIGKILL")
    await exited
  })
  await reply(child)
  const round = async (turns: number): Promise<Done> => {
    const order: AloneOrder = { turns }
    child.send(order)
    const done = await reply(child)
    if (done.type !== "done") throw new Error("the engine's process answered out of turn")
    return done
  }
  return { round, stop }
}

const reply = (child: ChildProcess): Promise<AloneReply> =>
  new Promise((resolve, reject) => {
    const gone = () => reject(new Error("the engine's process ended"))
    child.once("exit", gone)
    child.once("message", (message) => {
      child.off("exit", gone)
      resolve(message as AloneReply)
    })
  })
