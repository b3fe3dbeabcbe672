import { transferCredits } from "#commands/credit/transfer-credits.ts"
import { uuidV7 } from "#commands/ids.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { IDEMPOTENCY_KEY, idempotencyKey } from "../idempotency-key.ts"
import type { ManageDeps } from "../manage-deps.ts"
import { refused } from "../manage-errors.ts"
import { activeNamespace } from "./active-namespace.ts"
import { Balance, balanceBody, readTransferRequest, Transfer, TransferRequest } from "./namespace-body.ts"

const ONE = "/v1/namespaces/{id}"
const COMMON = { access: "manage", requestLimit: "counted" } as const
const GONE = { 404: "No such namespace in this account." }

/** What namespaces have, and how it moves between those of one account. */
export const creditsRoutes = (deps: ManageDeps): readonly KeyedRoute[] => [
  {
    ...COMMON, method: "GET", path: `${ONE}/balance`, operationId: "retrieveBalance", summary: "What a namespace has, holds and spent.",
    answers: { 200: json(Balance, "In micro-credits.") }, problems: GONE,
    handle: async ({ caller, param }) => {
      const { namespaceId } = await activeNamespace(deps, caller, param("id"))
      return balanceBody(namespaceId, await deps.balances.ofNamespace(namespaceId))
    },
  },
  {
    ...COMMON, method: "POST", path: `${ONE}/transfers`, operationId: "transferCredits", summary: "Moves credits to another namespace of the same account.",
    parameters: [IDEMPOTENCY_KEY], body: { "application/json": TransferRequest }, answers: { 200: json(Transfer, "The transfer.") },
    problems: { ...GONE, 409: "It does not have so many.", 422: "The Idempotency-Key was used for another transfer." },
    handle: async ({ request, caller, param }) => {
      const { to, amount } = readTransferRequest(request.body)
      const { namespaceId: from } = await activeNamespace(deps, caller, param("id"))
      const transferId = `request/${idempotencyKey(request) ?? uuidV7()}`
      const { outcome, position } = await deps.run(transferCredits({ transferId, fromNamespaceId: from, toNamespaceId: to, amount })).catch(refused)
      await deps.settled(position)
      return { object: "credit.transfer", id: transferId, from, to, amount: String(amount), status: outcome }
    },
  },
]
