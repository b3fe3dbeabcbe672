import { connect, type Socket } from "node:net"
import type { AddressInfo } from "node:net"
import type { FastifyInstance } from "fastify"
import { onTestFinished } from "vitest"

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export const listening = async (app: FastifyInstance): Promise<number> => {
  await app.listen({ port: 0, host: "127.0.0.1" })
  onTestFinished(() => app.close())
  return (app.server.address() as AddressInfo).port
}

/** A connection that a test writes bytes to. */
export const rawClient = (port: number): RawClient => {
  const socket = connect(port, "127.0.0.1")
  let text = ""
  socket.setEncoding("latin1")
  socket.on("data", (chunk) => (text += chunk))
  socket.on("error", () => {})
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(text)))
  onTestFinished(() => void socket.destroy())
  return { socket, closed, received: () => text, write: (bytes) => void socket.write(bytes) }
}

export interface RawClient {
  readonly socket: Socket
  /** Everything received, once the server closed the connection. */
  readonly closed: Promise<string>
  readonly received: () => string
  readonly write: (bytes: string) => void
}

/** Sends bytes, with a last request that closes the connection where the bytes do not, and returns what came back. */
export const exchange = async (port: number, bytes: string): Promise<readonly RawAnswer[]> => {
  const client = rawClient(port)
  client.write(bytes)
  return parseAnswers(await client.closed)
}

/** Answers with a content-length, or with none at all. */
export const parseAnswers = (text: string): readonly RawAnswer[] => {
  const answers: RawAnswer[] = []
  let rest = text
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n")
    if (end === -1) throw new Error(`half an answer: ${JSON.stringify(rest.slice(0, 200))}`)
    const [line = "", ...lines] = rest.slice(0, end).split("\r\n")
    const headers = new Map(lines.map((header) => [header.slice(0, header.indexOf(":")).toLowerCase(), header.slice(header.indexOf(":") + 1).trim()]))
    const length = Number(headers.get("content-length") ?? 0)
    answers.push({ status: Number(line.split(" ")[1]), headers, body: rest.slice(end + 4, end + 4 + length) })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}

/** A request as text. */
export const rawRequest = (line: string, headers: readonly string[] = [], body = ""): string => [line, ...headers, "", body].join("\r\n")
