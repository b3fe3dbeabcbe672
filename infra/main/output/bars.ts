/** Eighths of a character cell, so that a bar is as long as its number. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
const WIDTH = 40

export interface Bar {
  readonly label: string
  readonly value: number
  /** The number as people read it. */
  readonly shown: string
}

/** Horizontal bars, the longest 40 characters wide; one line each. */
export const renderBars = (bars: readonly Bar[]): readonly string[] => {
  const most = Math.max(0, ...bars.map(({ value }) => value))
  const labels = Math.max(0, ...bars.map(({ label }) => label.length))
  return bars.map(({ label, value, shown }) => `${label.padEnd(labels)}  ${bar(most === 0 ? 0 : value / most).padEnd(WIDTH)}  ${shown}`)
}

const bar = (part: number): string => {
  const eighths = Math.round(part * WIDTH * EIGHTHS.length)
  return "█".repeat(Math.floor(eighths / EIGHTHS.length)) + (EIGHTHS[eighths % EIGHTHS.length] ?? "")
}
