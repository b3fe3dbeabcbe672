import type { FastifyRequest } from "fastify"
import { authenticator, type AuthenticateDeps, type Caller, withRight } from "../../http/authenticate.ts"
import { declaredFor } from "../../http/decorators.ts"
import type { KeyedAccess } from "../../http/routes.ts"
import { refuseByRules } from "./key-rules.ts"

type KeyCheck = (request: FastifyRequest) => Promise<Caller>

/** Who may pass a route of each access, by key: good, of the right kind, from where it may be used and for what. */
export const keyChecks = (deps: AuthenticateDeps): Readonly<Record<KeyedAccess, KeyCheck>> => {
  const authenticate = authenticator(deps)
  const check = (right: KeyedAccess): KeyCheck => {
    const admit = withRight(right, authenticate)
    return async (request) => {
      const caller = await admit(request.headers.authorization)
      refuseByRules(caller, { endpoint: declaredFor(request)?.path ?? "", ip: request.ip })
      return caller
    }
  }
  return { inference: check("inference"), manage: check("manage") }
}
