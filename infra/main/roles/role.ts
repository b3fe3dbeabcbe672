/** One part of the platform at work in this process. */
export interface RunningRole {
  /** Where it listens; null: it does not. */
  readonly url: string | null
  /** Takes nothing new, lets what is under way end, and is gone. */
  readonly stop: () => Promise<void>
}

export interface ListenOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

const LOOPBACK = "127.0.0.1"

/** An address that listens everywhere is reached by loopback from here. */
export const urlHost = (host: string): string => {
  if (host === "0.0.0.0" || host === "::") return LOOPBACK
  return host.includes(":") ? `[${host}]` : host
}
