import type { ChaosPlatform } from "./platform.ts"

/** All that the process has counted under the metric's name, whatever the labels. */
export const metricOf = async ({ role, adminToken }: Pick<ChaosPlatform, "role" | "adminToken">, process: string, metric: string): Promise<number> => {
  const response = await fetch(`${adminUrlOf(role(process))}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
  if (response.status !== 200) throw new Error(`${process} answers ${response.status} when asked for its metrics`)
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0)
}

export const adminUrlOf = (process: ReturnType<ChaosPlatform["role"]>): string => String(process.ready()["admin_url"])
