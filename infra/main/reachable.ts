import type { Exposure, HttpLimits } from "#gateways/http/http-limits.ts"
import type { PlatformConfig } from "../config/platform-config.ts"

interface Reachable {
  readonly exposure: Exposure
  readonly httpLimits: Partial<HttpLimits>
}

/** How clients reach a gateway, by the configuration. */
export const reachable = ({ corsOrigins, trustedProxies, connectionsPerAddress, openRequestsPerKey }: PlatformConfig): Reachable => ({
  exposure: { corsOrigins, trustedProxies },
  httpLimits: { connectionsPerAddress, openPerKey: openRequestsPerKey },
})
