import { fork } from "node:child_process"
import { once } from "node:events"
import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { NetworkProcess } from "./network-process.ts"
import { cpuMs, familyCpuMs, postmasterPid } from "./process-cost.ts"

const ENTRY = fileURLToPath(new URL("./load-process.ts", import.meta.url))
/** A process that starts computes more than its share. */
const SETTLE_MS = 500
/** A step cannot be longer than its period. */
const MAX_SHARE = 0.9

/** How much of one core the network, its database and the client together take while `work` goes on. The engine is not among them. */
export const coreShare = async ({ ready, dataDir }: NetworkProcess, work: () => Promise<unknown>): Promise<number> => {
  const postmaster = await postmasterPid(dataDir)
  const cost = async () => (await cpuMs(ready.pid)) + (await familyCpuMs(postmaster)) + (await cpuMs(process.pid))
  const [from, before] = [performance.now(), await cost()]
  await work()
  return Math.min(MAX_SHARE, ((await cost()) - before) / (performance.now() - from))
}

/** Does `work` while another process takes that share of a core. */
export const besideLoad = async <Done>(share: number, work: () => Promise<Done>): Promise<Done> => {
  const load = fork(ENTRY, [String(share)], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
  try {
    await delay(SETTLE_MS)
    return await work()
  } finally {
    load.kill("SIGKILL")
    await once(load, "exit")
  }
}
