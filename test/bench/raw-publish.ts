import { JetStreamApiError, RetentionPolicy, StorageType } from "@nats-io/jetstream"
import { uuidV7 } from "#commands/ids.ts"
import type { JetstreamLog } from "./bench-logs.ts"
import type { Operation } from "./measure.ts"

const PAYLOAD = new Uint8Array(1_024).fill(120)
/** A cluster refuses a true expectation now and then; the client is to ask again. */
const ATTEMPTS = 5
const WRONG_LAST_SEQUENCE = 10164

/** Acknowledged publishes by the client as it is: 1 KB, a subject per writer, with the sequence it expects there and a message id. */
export const rawPublishes = async ({ js, manager }: JetstreamLog, replicas: 1 | 3): Promise<Operation> => {
  await manager.streams.add({
    name: "raw", subjects: ["raw.>"], storage: StorageType.File, retention: RetentionPolicy.Limits, num_replicas: replicas,
  })
  const last = new Map<number, number>()
  return async (writer) => {
    const publish = () => js.publish(`raw.${writer}`, PAYLOAD, { msgID: uuidV7(), expect: { lastSubjectSequence: last.get(writer) ?? 0 } })
    for (let attempt = 1; ; attempt += 1) {
      try {
        last.set(writer, (await publish()).seq)
        return
      } catch (cause) {
        if (attempt === ATTEMPTS || !(cause instanceof JetStreamApiError) || cause.code !== WRONG_LAST_SEQUENCE) throw cause
      }
    }
  }
}
