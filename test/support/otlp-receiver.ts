import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** As OTLP/JSON has it, as far as tests look. */
interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code: number; readonly message?: string }
}

interface WireBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: WireSpan["attributes"] }
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[]
  }[]
}

export interface ReceivedSpan extends Omit<WireSpan, "attributes"> {
  readonly service: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The receiving end of a collector and nothing more: takes OTLP/HTTP in JSON and keeps it. `status` is what it answers. */
export const otlpReceiver = async ({ status = 200 }: { readonly status?: number } = {}) => {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (data: Buffer) => (body += data.toString()))
    request.on("end", () => {
      if (request.url === "/v1/traces" && request.method === "POST") bodies.push(body)
      response.writeHead(status, { "content-type": "application/json" }).end("{}")
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: (): readonly ReceivedSpan[] => bodies.flatMap((body) => spansOf(JSON.parse(body) as WireBody)),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const spansOf = ({ resourceSpans }: WireBody): readonly ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, service: String(valuesOf(resource.attributes)["service.name"]), attributes: valuesOf(span.attributes) })),
    ),
  )

const valuesOf = (attributes: WireSpan["attributes"]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
