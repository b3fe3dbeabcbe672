import { connect } from "node:net"

const PROBE_TIMEOUT_MS = 2_000

/** Resolves when somebody listens on the loopback port. */
export const answersTcp = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: PROBE_TIMEOUT_MS })
    socket.once("connect", () => {
      socket.destroy()
      resolve()
    })
    socket.once("timeout", () => socket.destroy(new Error(`port ${port} does not answer`)))
    socket.once("error", reject)
  })

/** The JSON of a monitoring page; rejects unless it answers 200. */
export const fetchJson = async (url: string): Promise<unknown> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`)
  return response.json()
}
