import { expect, it } from "vitest"
import { signMessage } from "#commands/webhook/sign-message.ts"

it("a message is signed as the Standard Webhooks specification's example is", () => {
  const id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
  const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
  expect(signMessage({ id, body: '{"test": 2432232314}', secrets, now: 1_614_265_330_000 })).toEqual({
    "webhook-id": id, "webhook-timestamp": "1614265330", "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  })
})

it("while a secret is being changed there is a signature for each", () => {
  const signature = signMessage({ id: "a", body: "b", secrets: ["whsec_AAAA", "whsec_BBBB"], now: 0 })["webhook-signature"]
  expect(signature?.split(" ")).toHaveLength(2)
})
