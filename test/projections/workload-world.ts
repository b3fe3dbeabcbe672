import { Result } from "effect"
import { type Decider, type DomainEvent, streamName } from "#domain/kernel/decider.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { AttemptId, GatewayId, HoldId, JobId, KeyId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"

/** Where a workload gets its decisions from: a whole number from 0 to below `n`. */
export type Pick = (n: number) => number

export const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`
export const namespaceAt = (n: number) => NamespaceId.make(`ns_${uuid(n)}`)
export const jobAt = (n: number) => JobId.make(`job_${uuid(n)}`)
export const holdAt = (n: number) => HoldId.make(`hold_${uuid(n)}`)
export const attemptAt = (n: number) => AttemptId.make(`att_${uuid(n)}`)
export const nodeAt = (n: number) => NodeId.make(`0x${String(n).repeat(40)}`)
export const sessionAt = (n: number) => SessionId.make(`sess_${uuid(n)}`)
export const keyAt = (n: number) => KeyId.make(`Key00000000${n}`)
export const GATEWAY = GatewayId.make(`gw_${uuid(1)}`)

export const STEP_MS = 61_000

/** A log in memory, whose events all come out of deciders. */
export class World {
  readonly events: RecordedEvent[] = []
  readonly #states = new Map<string, unknown>()
  readonly #revisions = new Map<string, number>()

  state<State, C, E extends DomainEvent, R>(decider: Decider<State, C, E, R>, id: string): State {
    return (this.#states.get(streamName(decider, id)) as State | undefined) ?? decider.initial
  }

  /** What is refused changes nothing, as in the network. */
  run<State, C, E extends DomainEvent, R>(decider: Decider<State, C, E, R>, id: string, command: C): void {
    const before = this.state(decider, id)
    const decision = decider.decide(command)(before)
    if (Result.isFailure(decision)) return
    const stream = streamName(decider, id)
    this.#states.set(stream, decider.fold(before, decision.success))
    for (const event of decision.success) this.#record(stream, decider.codec.encode(event))
  }

  #record(stream: string, { type, data }: { readonly type: string; readonly data: unknown }): void {
    const revision = (this.#revisions.get(stream) ?? -1) + 1
    this.#revisions.set(stream, revision)
    this.events.push({
      id: uuid(this.events.length),
      position: BigInt(this.events.length + 1),
      stream,
      revision,
      type,
      data: JSON.parse(JSON.stringify(data)),
      meta: { commandId: `command-${this.events.length}`, correlationId: stream },
      recordedAt: 0,
    })
  }
}
