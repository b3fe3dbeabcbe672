/** One line of the doctor's report. `advice` says what to do; empty when there is nothing to do. */
export interface Finding {
  readonly check: string
  readonly status: "ok" | "warn" | "fail"
  readonly detail: string
  readonly advice: string
}

export const ok = (check: string, detail: string): Finding => ({ check, status: "ok", detail, advice: "" })
export const warn = (check: string, detail: string, advice: string): Finding => ({ check, status: "warn", detail, advice })
export const fail = (check: string, detail: string, advice: string): Finding => ({ check, status: "fail", detail, advice })
