import { type Command, Option } from "commander"
import process from "node:process"
import { usage } from "../exit.ts"
import { unlessInterrupted, untilInterrupted } from "../interrupt.ts"
import type { RunningNode } from "../node-process.ts"
import { toJsonLine } from "../output/json.ts"
import { DEMO_MODEL, requireModel } from "../demo-model.ts"
import { prepareFolder } from "../prepare-folder.ts"
import { parseCount } from "./arguments.ts"
import { type Cli, type CommonOptions, dataDirOf, service } from "./cli.ts"

interface NodeOptions extends CommonOptions {
  readonly join: string
  readonly model: string
  readonly modelName?: string
  readonly slots?: number
  readonly threads?: number
  readonly maxTokensPerSecond?: number
  readonly networkKey?: string
  readonly importKey?: string
}

export const registerNode = (program: Command, cli: Cli): void => {
  service(program, "node", "serve a model on this machine to any network")
    .option("--join <url>", "the network's node address", parseJoin, "ws://127.0.0.1:8401/io")
    .addOption(new Option("--model <model>", "a GGUF file, hf:<user>/<repository>[:<file>], or echo:[<tokens/s of each answer>] for a test engine").default(DEMO_MODEL, "the demo model"))
    .option("--model-name <name>", "the name clients ask for (default: from the model)")
    .option("--slots <n>", "answers at once", parseCount)
    .option("--threads <n>", "CPU threads for inference", parseCount)
    .option("--max-tokens-per-second <n>", "never faster than this, so that the machine stays usable", parseCount)
    .option("--network-key <key>", "accept only the network with this public key")
    .option("--import-key <file>", "use this EVM private key as the node's identity")
    .addHelpText("after", EXAMPLES)
    .action((options: NodeOptions) => runNode(cli, options))
}

const EXAMPLES = `
Examples:
  resultity node                                                  the demo model, for \`resultity up --no-node\` here
  resultity node --join ws://host:8401/io --model ./model.gguf --slots 4
  resultity node --model hf:bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M --max-tokens-per-second 20`

const parseJoin = (text: string): string => {
  const url = URL.parse(text)
  if (url === null || !["ws:", "wss:"].includes(url.protocol)) throw usage("--join takes a ws:// or wss:// address")
  return text
}

const runNode = async (cli: Cli, options: NodeOptions): Promise<void> => {
  const dataDir = dataDirOf(options)
  requireModel(options.model)
  await prepareFolder(dataDir)
  const [{ startNode }, { makeLogger }] = await Promise.all([import("../node-process.ts"), import("../logging.ts")])
  const logger = makeLogger(options.logLevel)
  const node = await unlessInterrupted(startNode({ ...options, dataDir, logger }), cli.interrupted)
  try {
    logger.info({ node: node.nodeId, network: options.join }, "waiting for the network")
    await unlessInterrupted(Promise.race([node.ready, node.failed]), cli.interrupted)
    await announce(cli, options, node)
    await Promise.race([untilInterrupted(cli.interrupted), node.failed])
    logger.info("stopping")
  } finally {
    await node.stop()
  }
}

const announce = ({ terminal }: Cli, { json, join }: NodeOptions, { nodeId, models }: RunningNode): Promise<void> =>
  terminal.print(
    json
      ? toJsonLine({ ready: true, node_id: nodeId, models, pid: process.pid })
      : `Node ${nodeId} serves ${models.join(", ")} on ${join} (pid ${process.pid}). Ctrl-C stops it.`,
  )
