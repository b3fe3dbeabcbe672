import { describe, expect, it } from "vitest"
import { NOT_EXPOSED } from "#gateways/http/http-limits.ts"
import { smallServer } from "./small-server.ts"

const PAGE = "https://app.example"
const serverFor = (...corsOrigins: string[]) => smallServer({}, { exposure: { ...NOT_EXPOSED, corsOrigins } })
const preflight = (url: string, path: string, origin = PAGE) =>
  fetch(url + path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type,x-stainless-lang" },
  })
const corsOf = ({ headers }: Response) => Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-") || name === "vary"))

describe("pages of other origins", () => {
  it("are kept away by default: no answer says that they may read it", async () => {
    const { url } = await smallServer()
    const asked = await preflight(url, "/echo")
    expect([asked.status, corsOf(asked)]).toEqual([405, {}])
    expect(corsOf(await fetch(`${url}/hello`, { headers: { origin: PAGE } }))).toEqual({})
  })

  it("may ask when they are on the list: with the methods of the path and the headers that they named", async () => {
    const { url } = await serverFor(PAGE)
    const asked = await preflight(url, "/echo")
    expect(asked.status).toBe(204)
    expect(corsOf(asked)).toEqual({
      "access-control-allow-origin": PAGE, "access-control-allow-methods": "POST", "access-control-max-age": "7200", vary: "origin",
      "access-control-allow-headers": "authorization,content-type,x-stainless-lang",
      "access-control-expose-headers": expect.stringContaining("x-request-id") as string,
    })
  })

  it("may read answers and errors alike", async () => {
    const { url } = await serverFor(PAGE)
    for (const path of ["/hello", "/nowhere"]) {
      expect(corsOf(await fetch(url + path, { headers: { origin: PAGE } }))).toMatchObject({ "access-control-allow-origin": PAGE, vary: "origin" })
    }
  })

  it.each([["https://evil.example"], ["null"], [`${PAGE}.evil.example`], [PAGE.replace("https", "http")]])("that are not on the list are not let in: %s", async (origin) => {
    const { url } = await serverFor(PAGE)
    const asked = await preflight(url, "/echo", origin)
    expect([asked.status, corsOf(asked)]).toEqual([405, { vary: "origin" }])
    expect(corsOf(await fetch(`${url}/hello`, { headers: { origin } }))).toEqual({ vary: "origin" })
  })

  it("are all let in by *, and never with the browser's own credentials", async () => {
    const { url } = await serverFor("*")
    const answer = corsOf(await preflight(url, "/echo", "https://any.example"))
    expect(answer).toMatchObject({ "access-control-allow-origin": "https://any.example" })
    expect(answer).not.toHaveProperty("access-control-allow-credentials")
  })

  it("get no preflight for what is not there", async () => {
    const { url } = await serverFor(PAGE)
    expect((await preflight(url, "/nowhere")).status).toBe(404)
  })
})
