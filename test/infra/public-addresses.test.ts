import { expect, it } from "vitest"
import { isPublicAddress } from "#infra/webhooks/public-addresses.ts"
import { webhookSender } from "#infra/webhooks/send-message.ts"

it.each([
  "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1",
  "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fc00::1", "fdff::1", "ff02::1",
  "2001:db8::1", "::127.0.0.1", "64:ff9b:1::1", "100::1", "3fff::1", "5f00::1", "fec0::1", "200::1", "1fff::1", "4000::1", "8000::1", "fe00::1", "2001:0:7f00:1::",
  "not an address", "",
])("%s is not an address of the public internet", (address) => expect(isPublicAddress(address)).toBe(false))

it.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.167.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888"])(
  "%s is one",
  (address) => expect(isPublicAddress(address)).toBe(true),
)

it.each([
  "http://example.com/", "ftp://example.com", "https://user:pass@example.com/", "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://[::1]/",
  "https://[::ffff:10.0.0.1]/", "https://localhost/", "https://a.localhost/", "https://metadata.google.internal/", "https://printer.local/", "https://db/",
  "nonsense", `https://example.com/${"a".repeat(2_048)}`,
])("%s is refused as an address of a webhook", (url) => expect(webhookSender("public").refusal(url)).not.toBeNull())

it("an address on the public internet is taken, and any one where that is configured", () => {
  expect(webhookSender("public").refusal("https://hooks.example.com:8443/a?b=c")).toBeNull()
  expect(webhookSender("any").refusal("http://127.0.0.1:1/")).toBeNull()
  expect(webhookSender("any").refusal("file:///etc/passwd")).not.toBeNull()
})
