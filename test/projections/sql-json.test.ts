import fc from "fast-check"
import { expect, test } from "vitest"
import { rowsJson } from "#projections/sinks/sql-json.ts"

/** Of everything that JSON escapes, and what looks like it. */
const texts = fc.array(fc.constantFrom("\u0000", "\ud800", "\udfff", "🦊", "\\", "u0000", "ud800", "\"", "\n", "\u001f", "\ufffd", "a")).map((parts) => parts.join(""))

test("a row for Postgres has U+FFFD where it cannot hold what is there, and all else as it was", () => {
  const plain = (text: string) => text.toWellFormed().replaceAll("\u0000", "\ufffd")
  fc.assert(
    fc.property(texts, texts, fc.bigInt(), (text, name, amount) => {
      const rows = [{ text, nested: { [`k${name}`]: [text] }, amount }]
      expect(JSON.parse(rowsJson(rows))).toEqual([{ text: plain(text), nested: { [`k${plain(name)}`]: [plain(text)] }, amount: String(amount) }])
    }),
  )
})
