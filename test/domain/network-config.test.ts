import { expect, it } from "vitest"
import { defaultPolicy, networkConfig, type PublishPolicy, rateFor } from "#domain/network-config/index.ts"
import { scenario } from "#test/support/scenario.ts"

const publish = (version: number, ruleHash = `hash-${version}`): PublishPolicy => ({
  type: "PublishPolicy", environment: "testnet", ruleHash, document: { ...defaultPolicy, version }, at: 1,
})
const none = scenario(networkConfig)

it("a policy is published once", () => {
  none.when(publish(1)).gives({ type: "PolicyPublished", data: { ruleHash: "hash-1" } })
  none.after(publish(1)).when(publish(1)).changesNothing()
})

it("only a newer version replaces the one in force", () => {
  const two = none.after(publish(1), publish(2))
  two.when(publish(2, "other")).rejects({ _tag: "PolicyVersionNotNewer", current: 2, offered: 2 })
  two.when(publish(1)).rejects({ _tag: "PolicyVersionNotNewer", current: 2, offered: 1 })
})

it("every policy that was ever in force stays known, for the holds of its day", () => {
  const two = none.after(publish(1), publish(2))
  expect(two.state.current?.ruleHash).toBe("hash-2")
  expect(two.state.byHash.get("hash-1")?.version).toBe(1)
})

it("a model that the price list does not name has the rate of *", () => {
  const named = { inputRate: 1n, outputRate: 2n }
  const policy = { ...defaultPolicy, rates: { ...defaultPolicy.rates, big: named } }
  expect(rateFor(policy, "big")).toEqual(named)
  expect(rateFor(policy, "unheard-of")).toEqual(defaultPolicy.rates["*"])
})
