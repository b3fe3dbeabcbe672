import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { vi } from "vitest"

export interface ReceivedMessage {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface WebhookReceiver {
  readonly url: string
  readonly received: () => readonly ReceivedMessage[]
  /** So many at least, in the order in which they came. */
  readonly eventually: (count: number) => Promise<readonly ReceivedMessage[]>
  /** How it answers from now on: a status, a place to go to instead, or not at all. */
  readonly answer: (how: (path: string) => number | "never" | { readonly location: string }) => void
  readonly close: () => Promise<void>
}

/** A real server that keeps what it is sent. */
export const webhookReceiver = async (): Promise<WebhookReceiver> => {
  const received: ReceivedMessage[] = []
  let how: Parameters<WebhookReceiver["answer"]>[0] = () => 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => void chunks.push(chunk))
    request.on("end", () => {
      const path = request.url ?? ""
      received.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") })
      const answer = how(path)
      if (answer === "never") return
      if (typeof answer === "number") return void response.writeHead(answer).end("thank you")
      response.writeHead(307, { location: answer.location }).end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received: () => received,
    eventually: (count) =>
      vi.waitFor(() => {
        if (received.length < count) throw new Error(`${received.length} of ${count} messages came`)
        return received
      }, { timeout: 15_000, interval: 10 }),
    answer: (next) => void (how = next),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
