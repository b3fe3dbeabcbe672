import { expect, it } from "vitest"
import { foundIn, plantsFor } from "#test/support/planted.ts"

const plants = plantsFor("prompt", "key")

it.each([
  ["as it is", (text: string) => `before ${text} after`],
  ["in hexadecimal", (text: string) => Buffer.from(`a${text}b`).toString("hex")],
  ["in base64", (text: string) => Buffer.from(text).toString("base64")],
  ["in base64 behind one byte", (text: string) => Buffer.from(`x${text}yz`).toString("base64")],
  ["in base64 behind two bytes", (text: string) => Buffer.from(`xy${text}z`).toString("base64url")],
  ["escaped in JSON twice", (text: string) => JSON.stringify(JSON.stringify({ text }))],
])("what was planted is found %s", (_, hide) => {
  expect(foundIn("here", hide(plants.prompt), plants)).toEqual(["prompt in here"])
})

it("nothing is found where nothing was planted", () => {
  expect(foundIn("here", "zq zqab 1234 and much else ".repeat(1_000), plants)).toEqual([])
})
