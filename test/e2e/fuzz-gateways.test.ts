import { describe, expect, it } from "vitest"
import type { ApiDocument } from "#test/fuzz/document.ts"
import { fuzz } from "#test/fuzz/fuzz.ts"
import { CREDENTIALS } from "#test/gateways/authorization/credentials.ts"
import { GATEWAYS, OPERATOR_TOKEN } from "#test/gateways/every-gateway.ts"
import { MANAGED_KEY, MANAGED_NAMESPACE } from "#test/gateways/gate/fake-manage.ts"
import { listening } from "#test/support/raw-http.ts"

const CASES = 1_000
const SEED = 20_261_125
const manager = CREDENTIALS.find(({ name }) => name === "a test key that manages")
const manageKey = manager?.authorization?.slice("Bearer ".length) ?? ""
const records = CREDENTIALS.flatMap(({ record }) => record ?? [])

describe.each([
  ["gate", () => GATEWAYS.gate(records), manageKey],
  ["status", () => GATEWAYS.status(), ""],
  ["admin", () => GATEWAYS.admin(), OPERATOR_TOKEN],
] as const)("%s, asked everything its document allows and much that it does not", (_, gateway, key) => {
  it("answers each request as documented", async () => {
    const url = `http://127.0.0.1:${await listening(gateway())}`
    const document = (await (await fetch(`${url}/openapi.json`, { headers: { authorization: `Bearer ${key}` } })).json()) as ApiDocument
    const dictionary = { namespace: [MANAGED_NAMESPACE] }
    const report = await fuzz({ url, document, key, dictionary, ids: [MANAGED_KEY, MANAGED_NAMESPACE], cases: CASES, seed: SEED })
    expect(report.problems).toEqual([])
    expect(report.cases).toBe(CASES)
    expect(report.byStatus.get(200)).toBeGreaterThan(CASES / 20)
  })
})
