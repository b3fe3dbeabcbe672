import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { NamespaceId } from "../kernel/ids.ts"
import { DEFAULT_LOW_BALANCE } from "../policies/alerts.ts"
import { type AlertEvent, type AlertKind, codec } from "./events.ts"

/** Those of one namespace that go on, by kind and subject. */
export interface Alerts {
  readonly open: ReadonlyMap<string, string>
  readonly lowBalance: bigint | null
}

interface About {
  readonly namespaceId: NamespaceId
  readonly kind: AlertKind
  readonly subject: string
  readonly value: string
  readonly at: number
}

export interface RaiseAlert extends About {
  readonly type: "RaiseAlert"
  readonly alertId: string
  readonly threshold: string
}

export interface ResolveAlert extends About {
  readonly type: "ResolveAlert"
}

export interface DefineLowBalance {
  readonly type: "DefineLowBalance"
  readonly namespaceId: NamespaceId
  /** Micro-credits; null: no balance is low. */
  readonly amount: bigint | null
  readonly at: number
}

export type AlertCommand = RaiseAlert | ResolveAlert | DefineLowBalance
export type AlertRejection = { readonly _tag: "InvalidLowBalance"; readonly amount: bigint }

const keyOf = (kind: AlertKind, subject: string): string => JSON.stringify([kind, subject])

const apply = (state: Alerts, event: AlertEvent): Alerts => {
  if (event.type === "LowBalanceDefined") return { ...state, lowBalance: event.data.amount }
  const open = new Map(state.open)
  const key = keyOf(event.data.kind, event.data.subject)
  if (event.type === "AlertRaised") open.set(key, event.data.alertId)
  else open.delete(key)
  return { ...state, open }
}

/** One alert of a kind about a subject goes on at a time: what is raised again while it does changes nothing. */
const decide =
  (command: AlertCommand) =>
  ({ open, lowBalance }: Alerts): Result.Result<readonly AlertEvent[], AlertRejection> => {
    if (command.type === "DefineLowBalance") {
      const { type: _, ...data } = command
      if (data.amount !== null && data.amount <= 0n) return Result.fail({ _tag: "InvalidLowBalance", amount: data.amount })
      return Result.succeed(data.amount === lowBalance ? [] : [{ type: "LowBalanceDefined", data }])
    }
    const known = open.get(keyOf(command.kind, command.subject))
    if (command.type === "RaiseAlert") {
      const { type: _, ...data } = command
      return Result.succeed(known === undefined ? [{ type: "AlertRaised", data }] : [])
    }
    const { type: _, ...data } = command
    return Result.succeed(known === undefined ? [] : [{ type: "AlertResolved", data: { ...data, alertId: known } }])
  }

export const alerts: Decider<Alerts, AlertCommand, AlertEvent, AlertRejection> = {
  category: "alerts",
  codec,
  initial: { open: new Map(), lowBalance: DEFAULT_LOW_BALANCE },
  fold: foldWith(apply),
  decide,
}
