import type { KeyedRoute } from "../http/routes.ts"
import { keysRoutes } from "./keys/keys-routes.ts"
import type { ManageDeps } from "./manage-deps.ts"
import { creditsRoutes } from "./namespaces/credits-routes.ts"
import { namespacesRoutes } from "./namespaces/namespaces-routes.ts"

/** What an account does with its keys and namespaces. */
export const manageRoutes = (deps: ManageDeps): readonly KeyedRoute[] => [...keysRoutes(deps), ...namespacesRoutes(deps), ...creditsRoutes(deps)]
