import { randomUUID } from "node:crypto"
import { connect } from "amqplib"
import { afterEach } from "vitest"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { NodeId } from "#domain/kernel/ids.ts"
import { rabbitJobStream } from "#infra/rabbitmq/job-stream.ts"
import { rabbitNames } from "#infra/rabbitmq/topology.ts"
import { jobStreamContract, NODE, OTHER } from "#test/support/contract-job-stream.ts"
import { engineUrl } from "#test/support/engines.ts"

/** Longer than a new queue takes to be safe, which the first `enqueue` waits for. */
const ACK_WAIT_MS = 2_500

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

const open = async (counters: CountersShape) => {
  const environment = `test-${randomUUID()}`
  const openOne = () => rabbitJobStream(engineUrl("rabbitmq"), { environment, counters, ackWaitMs: ACK_WAIT_MS })
  const [stream, elsewhere] = [await openOne(), await openOne()]
  opened.push(async () => {
    await stream.close()
    await elsewhere.close()
    await removeAll(environment, [NODE, OTHER])
  })
  return { stream, elsewhere }
}

const removeAll = async (environment: string, nodes: readonly NodeId[]): Promise<void> => {
  const { dead, counted, queueOf } = rabbitNames(environment)
  const connection = await connect(engineUrl("rabbitmq"))
  const channel = await connection.createChannel()
  for (const queue of [dead, counted, ...nodes.map(queueOf)]) await channel.deleteQueue(queue)
  await channel.deleteExchange(dead)
  await connection.close()
}

jobStreamContract("RabbitMQ", { open, ackWaitMs: ACK_WAIT_MS, fakeTime: false })
