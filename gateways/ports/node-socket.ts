/** One node's connection, whatever carries it. Text messages only. */
export interface NodeSocket {
  /** Where it comes from, for logs of the network; never shown to clients. */
  readonly remote: string
  readonly send: (text: string) => void
  readonly close: (code: number, reason: string) => void
  /** At most one handler each; messages arrive in order. */
  readonly onMessage: (handler: (text: string) => void) => void
  readonly onClose: (handler: (reason: string) => void) => void
}
