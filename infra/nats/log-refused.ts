/** The server, or a stream on it, must not keep the domain log as it is. The message says what to change. */
export class EventLogRefused extends Error {
  override readonly name = "EventLogRefused"
}
