import type { EchoNetwork } from "../echo-network.ts"
import { embeddedEcho } from "../echo-network.ts"
import { type Part, processPart } from "../network-parts.ts"
import type { Endpoint } from "../network-process.ts"
import { type Server, startOwn, startPortkey } from "./start-server.ts"

/** One way from a client to the same echo. */
export interface Gateway {
  readonly name: string
  readonly endpoint: Endpoint
  /** What stands between the client and the engine. */
  readonly own: readonly Part[]
  readonly engine: Part
}

export interface Gateways {
  readonly all: readonly [direct: Gateway, proxy: Gateway, portkey: Gateway, network: Gateway]
  readonly network: EchoNetwork
  readonly stop: () => Promise<void>
}

export interface GatewayOptions {
  readonly profileDir: string | null
  /** Of each answer; null: as fast as it goes. */
  readonly tokensPerSecond: number | null
  readonly slots: number
}

/** The echo asked directly, through a plain proxy, through Portkey's gateway, and the network with its own echo engine. */
export const startGateways = async ({ profileDir, tokensPerSecond, slots }: GatewayOptions): Promise<Gateways> => {
  const closing: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  const kept = async <Started extends { readonly stop: () => Promise<void> }>(starting: Promise<Started>): Promise<Started> => {
    const started = await starting
    closing.push(started.stop)
    return started
  }
  try {
    const echo = await kept(startOwn("echo-server-process.ts", tokensPerSecond === null ? [] : [String(tokensPerSecond)]))
    const proxy = await kept(startOwn("proxy-process.ts", [echo.url]))
    const portkey = await kept(startPortkey())
    const network = await kept(embeddedEcho(profileDir, ["--model", `echo:${tokensPerSecond ?? ""}`, "--slots", String(slots)]))
    const engine = processPart("engine", echo.pid)
    const all = [
      { name: "echo server, asked directly", endpoint: endpointOf(echo), own: [], engine },
      { name: "plain Node proxy", endpoint: endpointOf(proxy), own: [processPart("proxy", proxy.pid)], engine },
      { name: "Portkey", endpoint: { ...endpointOf(portkey), headers: toEcho(echo) }, own: [processPart("Portkey", portkey.pid)], engine },
      ours(network),
    ] as const
    return { all, network, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

const endpointOf = ({ url }: Server): Endpoint => ({ base_url: `${url}/v1`, api_key: "none", models: ["echo"] })

const toEcho = ({ url }: Server) => ({ "x-portkey-provider": "openai", "x-portkey-custom-host": `${url}/v1` })

const ours = ({ endpoints, parts }: EchoNetwork): Gateway => {
  const [endpoint] = endpoints
  const engine = parts.find(({ name }) => name === "node")
  if (endpoint === undefined || engine === undefined) throw new Error("a network without a gateway or a node")
  return { name: "the network", endpoint, own: parts.filter((part) => part !== engine), engine }
}
