import fc from "fast-check"
import { BlockList } from "node:net"
import { describe, expect, it } from "vitest"
import { ipRanges } from "#domain/policies/ip-ranges.ts"

const family = (address: string) => (address.includes(":") ? "ipv6" : "ipv4")

describe("ranges of addresses", () => {
  it.each([
    ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "::ffff:0a01:0203"], ["11.0.0.0", "9.255.255.255", "::10.0.0.1"]],
    ["192.0.2.7", ["192.0.2.7"], ["192.0.2.8", "192.0.2.07", "192.0.2", "192.0.2.7 "]],
    ["2001:db8::/32", ["2001:db8::", "2001:DB8:ffff::1", "2001:0db8:0:0:0:0:0:1"], ["2001:db9::", "2001:db8:::1", "1:2:3:4:5:6:7:8:9"]],
    ["::/0", ["::1", "ffff::"], ["1.2.3.4", "::ffff:1.2.3.4"]],
    ["0.0.0.0/0", ["1.2.3.4", "::ffff:1.2.3.4"], ["::1", "", "localhost"]],
  ])("%s has some and not others", (range, inside, outside) => {
    const ranges = ipRanges([range])
    expect([inside.filter((address) => !ranges?.has(address)), outside.filter((address) => ranges?.has(address))]).toEqual([[], []])
  })

  it.each([["10.0.0.0/33"], ["::/129"], ["10.0.0/8"], ["10.0.0.0/"], ["10.0.0.0/8/8"], [""], ["host"], ["1::2::3"], ["300.1.1.1"]])("%j is none", (text) => {
    expect(ipRanges(["1.2.3.4", text])).toBeNull()
  })

  it("agree with Node's", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6())
    fc.assert(
      fc.property(address, fc.nat(128), address, fc.boolean(), (base, length, other, near) => {
        const bits = family(base) === "ipv4" ? 32 : 128
        const prefix = Math.min(length, bits)
        const list = new BlockList()
        list.addSubnet(base, prefix, family(base))
        const asked = near ? base.replace(/[0-9a-f]$/i, "1") : other
        const theirs = list.check(asked, family(asked))
        // Node takes an IPv4 address for its IPv6 form in ::/n; here the two never meet.
        fc.pre(family(base) === family(asked) && !/^::ffff:/i.test(asked) && !/^::ffff:/i.test(base))
        expect(ipRanges([`${base}/${prefix}`])?.has(asked)).toBe(theirs)
      }),
      { numRuns: 500 },
    )
  })
})

describe("a range covers another", () => {
  it.each([
    ["10.0.0.0/8", "10.1.0.0/16", true], ["10.1.0.0/16", "10.0.0.0/8", false], ["10.0.0.0/8", "10.0.0.0/8", true], ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true], ["::/0", "10.0.0.0/8", false], ["2001:db8::/32", "2001:db8:1::/48", true], ["::/0", "x", false],
  ] as const)("%s, %s: %s", (outer, inner, expected) => {
    expect(ipRanges([outer])?.covers(inner)).toBe(expected)
  })
})
