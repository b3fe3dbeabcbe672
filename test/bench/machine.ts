import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os"
import process from "node:process"

const GIB = 1024 ** 3
/** Of the cores: above this the machine has other work, and rates mean little. Ratios of one run suffer less. */
const BUSY_PART = 0.3

/** Figures without their machine are no figures. */
export const printMachine = (): void => {
  const cores = availableParallelism()
  const [load = 0] = loadavg()
  const memory = `${(totalmem() / GIB).toFixed(0)} GiB`
  console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cores} cores, ${memory}; ${type()} ${release()}; Node ${process.version}`)
  console.log(`load ${load.toFixed(1)}`)
  if (load > cores * BUSY_PART) console.log("WARNING: this machine is busy with something else; read the ratios, not the rates")
}
