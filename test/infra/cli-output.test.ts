import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { formatCredits, formatPoints } from "#infra/main/output/credits.ts"
import { toJsonLine } from "#infra/main/output/json.ts"
import { formatRate } from "#infra/main/output/progress.ts"
import { type Column, printable, renderTable } from "#infra/main/output/table.ts"
import { makeTerminal } from "#infra/main/output/terminal.ts"

describe("amounts for people", () => {
  it("credits have six decimals and never lose a micro-credit", () => {
    expect([0n, 1n, 1_500_000n, 12_345_678_901n].map(formatCredits)).toEqual(["0.000000", "0.000001", "1.500000", "12345.678901"])
  })

  it("a negative amount has its sign in front, below one credit too", () => {
    expect([-1n, -1_500_000n].map(formatCredits)).toEqual(["-0.000001", "-1.500000"])
  })

  it("points have three decimals", () => {
    expect([0n, 44n, 1_000n, -2_500n].map(formatPoints)).toEqual(["0.000", "0.044", "1.000", "-2.500"])
  })
})

describe("JSON for scripts", () => {
  it("amounts are decimal strings, however large, and the whole is one line", () => {
    expect(toJsonLine({ available: 2n ** 80n, list: [1n, { deep: 2n }], text: "a\nb" })).toBe(
      `{"available":"1208925819614629174706176","list":["1",{"deep":"2"}],"text":"a\\nb"}`,
    )
  })
})

describe("tables", () => {
  const columns: readonly Column<{ readonly name: string; readonly amount: string }>[] = [
    { title: "name", value: (row) => row.name },
    { title: "amount", value: (row) => row.amount, align: "right" },
  ]

  it("columns are as wide as their widest cell, numbers end together, no line ends in spaces", () => {
    const rows = [
      { name: "a", amount: "1.5" },
      { name: "longer", amount: "100000" },
    ]
    expect(renderTable(columns, rows)).toEqual(["name    amount", "a          1.5", "longer  100000"])
  })

  it("without rows the titles stand alone", () => {
    expect(renderTable(columns, [])).toEqual(["name  amount"])
  })

  it("a control character in a name cannot move the reader's cursor", () => {
    expect(printable("a\u001b[2Jb\nc\u009b")).toBe("a?[2Jb?c?")
  })
})

describe("terminal", () => {
  it("a pipe gets no colour codes", () => {
    const terminal = makeTerminal(new PassThrough(), new PassThrough())
    expect(terminal.style("bold", "text")).toBe("text")
  })

  it("a slow reader is waited for", async () => {
    const out = new PassThrough({ highWaterMark: 1 })
    const terminal = makeTerminal(out, new PassThrough())
    let printed = false
    const printing = terminal.print("more than one byte").then(() => (printed = true))
    await new Promise(setImmediate)
    expect(printed).toBe(false)
    out.resume()
    await printing
    expect(printed).toBe(true)
  })
})

describe("rates", () => {
  it("name the events, the time and the events per second", () => {
    expect(formatRate(1_234_567, 2_000)).toBe("1 234 567 events in 2.00 s, 617 284 events/s")
  })

  it("an instant run does not divide by zero", () => {
    expect(formatRate(0, 0)).toBe("0 events in 0.00 s, 0 events/s")
  })
})
