import { Agent, createServer, request as ask } from "node:http"
import process from "node:process"
import { pipeline } from "node:stream"
import { listenForParent } from "./listen-for-parent.ts"

// The least that a gateway on Node can do: every request goes on, and every answer comes back, as it is.

const [, , target = ""] = process.argv
const agent = new Agent({ keepAlive: true, maxSockets: Infinity })

listenForParent(
  createServer((request, response) => {
    const passed = ask(`${target}${request.url ?? ""}`, { method: request.method, headers: request.headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      pipeline(answer, response, () => {})
    })
    passed.on("error", () => response.destroy())
    pipeline(request, passed, () => {})
  }),
)
