/** A sample's value under its name and labels as they were written. */
export type Samples = ReadonlyMap<string, number>

const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/
const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ([^\\]|\\\\|\\n)*$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*)\})? ([-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan))$/i
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"/g

/**
 * Reads the text format 0.0.4 by the letter, and throws at what a server would refuse or misread: a sample without its type before it, a
 * family in two places, a label or a sample twice, histogram buckets that fall or do not end in their count.
 */
export const parsePrometheus = (text: string): Samples => {
  if (!text.endsWith("\n")) throw new Error("the last line does not end")
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  const left = new Set<string>()
  let family = ""
  const enter = (name: string, line: string): void => {
    if (name === family) return
    if (left.has(name)) throw new Error(`${name} is in two places: ${line}`)
    if (family !== "") left.add(family)
    family = name
  }
  for (const line of text.split("\n")) {
    if (line === "") continue
    if (line.startsWith("#")) {
      const [, name, type] = TYPE.exec(line) ?? []
      const help = HELP.exec(line)?.[1]
      if (name === undefined && help === undefined) throw new Error(`not a comment of the format: ${line}`)
      enter(name ?? help ?? "", line)
      if (name === undefined || type === undefined) continue
      if (types.has(name)) throw new Error(`two types: ${line}`)
      types.set(name, type)
      continue
    }
    const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? []
    if (name === "") throw new Error(`not a sample: ${line}`)
    const owner = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "")
    if (!types.has(owner)) throw new Error(`no type before it: ${line}`)
    enter(owner, line)
    const names = [...labels.matchAll(LABEL)].map(([, label]) => label)
    if (new Set(names).size !== names.length) throw new Error(`a label twice: ${line}`)
    const key = labels === "" ? name : `${name}{${labels}}`
    if (samples.has(key)) throw new Error(`a sample twice: ${line}`)
    samples.set(key, Number(value.replace(/inf/i, "Infinity")))
  }
  for (const [name, type] of types) if (type === "histogram") checkHistogram(name, samples)
  return samples
}

/** By their other labels: each series rises and ends in +Inf, which is its count. */
const checkHistogram = (name: string, samples: Samples): void => {
  const series = new Map<string, number[]>()
  for (const [key, value] of samples) {
    if (!key.startsWith(`${name}_bucket{`)) continue
    const others = key.slice(`${name}_bucket{`.length, -1).split(",").filter((label) => !label.startsWith("le="))
    const rest = others.join(",")
    series.set(rest, [...(series.get(rest) ?? []), value])
    if (key.includes('le="+Inf"') && samples.get(others.length === 0 ? `${name}_count` : `${name}_count{${rest}}`) !== value) {
      throw new Error(`${name}: +Inf is not the count (${key})`)
    }
  }
  for (const [rest, values] of series) {
    if (values.some((value, index) => value < (values[index - 1] ?? 0))) throw new Error(`${name}{${rest}}: buckets fall`)
  }
}
