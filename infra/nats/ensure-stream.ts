import { JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream"

/** The server's "stream name already in use with a different configuration". */
const OTHER_CONFIG = 10_058

/** Makes the stream, or gives the one that is there this configuration. Several processes may do it at once. */
export const ensureStream = async (manager: JetStreamManager, config: Partial<StreamConfig> & { readonly name: string }): Promise<void> => {
  try {
    await manager.streams.add(config)
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError) || cause.code !== OTHER_CONFIG) throw cause
    await manager.streams.update(config.name, config)
  }
}
