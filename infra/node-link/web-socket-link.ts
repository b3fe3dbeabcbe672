import { Effect } from "effect"
import { WebSocket } from "ws"
import { MAX_FRAME_BYTES } from "#domain/protocol/frames.ts"
import { LinkFailed, type NetworkLinkShape } from "#node/ports/network-link.ts"
import { sentTogether } from "../ws/sent-together.ts"

const OPEN_TIMEOUT_MS = 10_000
/** The network pings every 15 s: after three missed pings it is gone, whatever the operating system still believes. */
export const SILENCE_MS = 45_000
/** How long the network may take to answer our goodbye. */
const CLOSE_TIMEOUT_MS = 1_000
/** Bytes that may wait for a network that does not read. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024

/** One WebSocket to the network's node address. `silenceMs`: nothing heard for so long ends the connection. */
export const webSocketLink = (url: string, silenceMs = SILENCE_MS): NetworkLinkShape => ({
  connect: (serve) =>
    Effect.callback<string, LinkFailed>((resume) => {
      const socket = new WebSocket(url, { maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false, handshakeTimeout: OPEN_TIMEOUT_MS })
      let opened = false
      let together = (): void => {}
      let reason: string | null = null
      const abandon = (why: string): void => {
        reason ??= why
        socket.terminate()
      }
      const silence = setTimeout(() => abandon(`nothing heard for ${silenceMs / 1000} s`), silenceMs)
      const leave = (): void => {
        socket.close(1000)
        setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref()
      }
      socket.on("error", (cause) => (reason ??= wordsFor(cause)))
      socket.on("ping", () => silence.refresh())
      socket.on("upgrade", ({ socket: stream }) => (together = sentTogether(stream)))
      socket.on("open", () => {
        opened = true
        const receive = serve({
          close: leave,
          send: (text) => {
            if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return abandon("the network does not read")
            if (socket.readyState !== socket.OPEN) return
            together()
            socket.send(text)
          },
        })
        socket.on("message", (data, binary) => {
          silence.refresh()
          receive(binary ? "" : String(data))
        })
      })
      socket.on("close", (code) => {
        clearTimeout(silence)
        const why = reason ?? `the connection was closed (${code})`
        resume(opened ? Effect.succeed(why) : Effect.fail(new LinkFailed({ message: why })))
      })
      return Effect.callback<void>((closed) => {
        if (socket.readyState === socket.CLOSED) return closed(Effect.void)
        socket.once("close", () => closed(Effect.void))
        leave()
      })
    }),
})

const wordsFor = (cause: Error): string => {
  const code = "code" in cause ? cause.code : undefined
  if (code === "ECONNREFUSED") return "nothing answers at the network's address"
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the network's host name is not known"
  return cause.message
}
