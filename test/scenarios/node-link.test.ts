import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import { type WebSocket, WebSocketServer } from "ws"
import { MAX_FRAME_BYTES } from "#domain/protocol/frames.ts"
import { webSocketLink } from "#infra/node-link/web-socket-link.ts"

const servers: WebSocketServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate()
    server.close()
    await once(server, "close")
  }
})

const serve = async (onConnection: (socket: WebSocket) => void) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  servers.push(server)
  server.on("connection", onConnection)
  await once(server, "listening")
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const connect = (url: string, silenceMs?: number, received: string[] = []) =>
  Effect.runPromise(webSocketLink(url, silenceMs).connect(() => (text) => void received.push(text)))

describe("the node's connection", () => {
  it("is given up when nothing is heard for too long, and kept as long as pings come", async () => {
    let pings = 0
    const url = await serve((socket) => {
      const timer = setInterval(() => {
        if ((pings += 1) === 6) return clearInterval(timer)
        socket.ping()
      }, 40)
    })
    expect(await connect(url, 150)).toMatch(/nothing heard/)
    expect(pings).toBe(6)
  })

  it("loses no message that comes with the opening", async () => {
    const received: string[] = []
    const url = await serve((socket) => {
      socket.send("first")
      socket.close(1000)
    })
    expect(await connect(url, undefined, received)).toMatch(/closed/)
    expect(received).toEqual(["first"])
  })

  it("sends what is said in one turn in order, and what is said right before its end", async () => {
    const heard: string[] = []
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const url = await serve((socket) => {
      socket.on("message", (data) => heard.push(String(data)))
      socket.on("close", () => resolve())
    })
    const speaking = webSocketLink(url).connect(({ send, close }) => {
      setImmediate(() => {
        for (let n = 0; n < 10; n += 1) send(`frame ${n}`)
        close()
      })
      return () => {}
    })
    await Effect.runPromise(speaking)
    await closed
    expect(heard).toEqual(Array.from({ length: 10 }, (_, n) => `frame ${n}`))
  })

  it("ends at a message that is larger than any frame", async () => {
    const url = await serve((socket) => socket.send("x".repeat(MAX_FRAME_BYTES + 1)))
    const received: string[] = []
    expect(await connect(url, undefined, received)).toMatch(/payload/i)
    expect(received).toEqual([])
  })

  it("says in plain words that nobody answers", async () => {
    const url = await serve(() => {})
    servers[0]?.close()
    await once(servers[0] ?? fail(), "close")
    servers.length = 0
    await expect(connect(url)).rejects.toThrow(/nothing answers/)
  })

  it("is closed when the node no longer wants it", async () => {
    const closed = Promise.withResolvers<number>()
    const url = await serve((socket) => void socket.on("close", closed.resolve))
    const open = Promise.withResolvers<void>()
    const fiber = Effect.runFork(webSocketLink(url).connect(() => (open.resolve(), () => {})))
    await open.promise
    fiber.interruptUnsafe()
    expect(await closed.promise).toBe(1000)
  })
})

const fail = (): never => {
  throw new Error("no server")
}
