type None = Readonly<Record<string, never>>

/** Every histogram there is, with its labels. A label is a word from a short list: never an id, a raw URL or what a client wrote. */
export interface Durations {
  readonly resultity_http_request_duration_seconds: { readonly role: string; readonly route: string; readonly status: string }
  readonly resultity_job_first_token_seconds: None
  readonly resultity_job_duration_seconds: None
}

export interface MetricsShape {
  /** Counts one duration in. Never throws, never waits. */
  readonly observe: <Name extends keyof Durations>(name: Name, seconds: number, labels: Durations[Name]) => void
}

export const noMetrics: MetricsShape = { observe: () => {} }
