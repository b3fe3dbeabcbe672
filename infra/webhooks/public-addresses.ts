import { BlockList, isIPv4, isIPv6 } from "node:net"

/** All that IANA gives out of IPv6 for the internet; the rest is special or nobody's, and routers may take it anywhere. */
const GLOBAL_UNICAST = ["2000::", 3] as const

/** Not reachable from the internet, or not meant to be: IANA's special-purpose registries, and what embeds an IPv4 address. Of IPv6 within the above. */
const NOT_PUBLIC = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
  "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
  "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
]

/** One list for each family: a rule of IPv6 for IPv4-mapped addresses would catch every IPv4 address. */
const listOf = (family: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList()
  for (const range of NOT_PUBLIC) {
    const [network = "", bits = ""] = range.split("/")
    if (isIPv4(network) === (family === "ipv4")) list.addSubnet(network, Number(bits), family)
  }
  return list
}
const blocked4 = listOf("ipv4")
const blocked6 = listOf("ipv6")
const global6 = new BlockList()
global6.addSubnet(...GLOBAL_UNICAST, "ipv6")

/** Whether an address, in numbers, is one of the internet. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !blocked4.check(address, "ipv4")
  return isIPv6(address) && global6.check(address, "ipv6") && !blocked6.check(address, "ipv6")
}
