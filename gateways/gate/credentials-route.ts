import { NodeCredentialsRequest } from "#domain/protocol/node-credentials.ts"
import { json, type OpenRoute } from "../http/routes.ts"
import { credentialsGranter, GrantedCredentials, type GrantDeps } from "./grant-credentials.ts"

/** Whoever can sign as a registered node gets what opens that node's job stream. */
export const credentialsRoute = (deps: GrantDeps): OpenRoute => {
  const grant = credentialsGranter(deps)
  return {
    method: "POST", path: "/v1/nodes/credentials", operationId: "grantNodeCredentials", access: "node",
    summary: "Credentials for the job stream of one node.",
    description: "The body is signed by the node's key (EIP-712), so there is no session.",
    body: { "application/json": NodeCredentialsRequest },
    answers: { 200: json(GrantedCredentials, "The credentials; worth nothing without the node's private key.") },
    problems: {
      403: "The node is not registered here.", 409: "This request, or a later one of the node, was granted already.",
      429: "The node asks too often.",
    },
    handle: async ({ request, reply }) => {
      const granted = await grant(request.body)
      return reply.header("cache-control", "no-store").send(granted)
    },
  }
}
