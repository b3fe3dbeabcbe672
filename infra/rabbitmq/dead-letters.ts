import { randomUUID } from "node:crypto"
import type { ConsumeMessage } from "amqplib"
import { Option } from "effect"
import type { Unsubscribe } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { Link, RabbitConnection } from "./link.ts"
import { decodeAssignment } from "./node-consumer.ts"
import type { RabbitNames } from "./topology.ts"

/** Counts each dead letter in one of the processes; the letter itself stays in its queue for a person to see. */
export const countDeadLetters = (
  rabbit: RabbitConnection,
  { names, counters }: { readonly names: RabbitNames; readonly counters: CountersShape },
): Unsubscribe => {
  const tag = randomUUID()
  const consume = async (link: Link): Promise<void> => {
    await link.consuming.consume(
      names.counted,
      (letter) => {
        if (letter === null) return
        counters.increment("job_stream_dead_letters_total", reasonOf(letter))
        link.consuming.ack(letter)
      },
      { consumerTag: tag },
    )
  }
  const leave = rabbit.whenUp((link) => void consume(link).catch(() => counters.increment("job_stream_uncounted_total")))
  return () => {
    leave()
    rabbit.current()?.consuming.cancel(tag).catch(() => {})
  }
}

/** The broker's words for what we rejected ourselves say nothing: an assignment that can be read was too late. */
const reasonOf = ({ content, properties }: ConsumeMessage): "deliveries" | "expired" | "malformed" => {
  const reason: unknown = properties.headers?.["x-first-death-reason"]
  if (reason === "delivery_limit") return "deliveries"
  return reason === "expired" || Option.isSome(decodeAssignment(content.toString())) ? "expired" : "malformed"
}
