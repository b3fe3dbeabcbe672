import type { lookup, LookupAddress } from "node:dns"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { afterEach, expect, it, vi } from "vitest"
import { publicLookup, webhookSender } from "#infra/webhooks/send-message.ts"
import { webhookReceiver, type WebhookReceiver } from "#test/support/webhook-receiver.ts"

const open: Pick<WebhookReceiver, "close">[] = []
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close()
})

const receive = async (): Promise<WebhookReceiver> => {
  const receiver = await webhookReceiver()
  open.push(receiver)
  return receiver
}
const post = (url: string, targets: "any" | "public" = "any") => Effect.runPromise(webhookSender(targets).post({ url, headers: { "webhook-id": "m" }, body: "{}" }))

it("a message arrives with its headers and its whole body, and the answer's status comes back", async () => {
  const receiver = await receive()
  receiver.answer(() => 202)
  expect(await post(`${receiver.url}/hook?a=b`)).toEqual({ status: 202, retryAfterMs: null })
  expect(receiver.received()).toMatchObject([{ path: "/hook?a=b", headers: { "webhook-id": "m", "content-length": "2" }, body: "{}" }])
})

it("a redirect is an answer and not followed", async () => {
  const receiver = await receive()
  const other = await receive()
  receiver.answer(() => ({ location: `${other.url}/elsewhere` }))
  expect(await post(receiver.url)).toMatchObject({ status: 307 })
  expect(other.received()).toEqual([])
})

it("a receiver that begins its answer and never ends it keeps no connection", async () => {
  let closed = false
  const server = createServer((_, response) => {
    response.on("close", () => void (closed = true))
    response.writeHead(200).write("a")
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  open.push({
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  })
  expect(await post(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).toEqual({ status: 200, retryAfterMs: null })
  await vi.waitFor(() => expect(closed).toBe(true))
})

it("who is not there is no defect", async () => {
  const receiver = await webhookReceiver()
  await receiver.close()
  expect(await post(receiver.url)).toEqual({ problem: "it could not be reached (ECONNREFUSED)" })
})

it("where only the internet may be reached nothing is sent anywhere else", async () => {
  const receiver = await receive()
  for (const url of [receiver.url, receiver.url.replace("http:", "https:"), receiver.url.replace("127.0.0.1", "localhost")]) {
    expect(await post(url, "public")).toMatchObject({ problem: expect.stringMatching(/https|internet/) })
  }
  expect(receiver.received()).toEqual([])
})

/** A name server that says this. */
const fakeResolver = (...addresses: readonly string[]): typeof lookup => {
  const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }))
  return ((_name: string, _options: object, callback: (error: null, all: readonly LookupAddress[]) => void) => callback(null, found)) as typeof lookup
}

const resolved = (resolver: typeof lookup, all: boolean): Promise<unknown> =>
  new Promise((resolve) => publicLookup(resolver)("name.example", { all }, (error, address) => resolve(error === null ? address : error.message)))

it.each([
  [["127.0.0.1"]], [["8.8.8.8", "10.0.0.1"]], [["::1"]], [["2606:4700::1111", "fe80::1"]], [["169.254.169.254"]],
])("a name that means %s is not connected to", async (addresses) => {
  for (const all of [true, false]) expect(await resolved(fakeResolver(...addresses), all)).toBe("its address is not one of the public internet")
})

it("a name that means the internet is connected to at just the address that was looked at", async () => {
  expect(await resolved(fakeResolver("8.8.8.8"), false)).toBe("8.8.8.8")
  expect(await resolved(fakeResolver("8.8.8.8", "2606:4700::1111"), true)).toEqual([{ address: "8.8.8.8", family: 4 }, { address: "2606:4700::1111", family: 6 }])
})
