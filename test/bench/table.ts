import type { Rate } from "./measure.ts"

/** One line of a benchmark: what, its figures, and how it stands to the line it is compared with. */
export interface Line {
  readonly name: string
  readonly figures: string
  readonly ratio: string
}

export const printTable = (title: string, lines: readonly Line[]): void => {
  const width = Math.max(...lines.map(({ name }) => name.length))
  const figures = Math.max(...lines.map((line) => line.figures.length))
  console.log(`\n${title}`)
  for (const line of lines) console.log(`  ${line.name.padEnd(width)}  ${line.figures.padStart(figures)}  ${line.ratio}`)
}

export const times = (value: number, base: number): string => `${(value / base).toFixed(2)} ×`
export const whole = (value: number): string => Math.round(value).toLocaleString("en").replaceAll(",", " ")
export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`

export const rateFigures = ({ perSecond, p50Ms, p99Ms }: Rate): string => `${whole(perSecond)}/s  ${ms(p50Ms)}  ${ms(p99Ms)}`
