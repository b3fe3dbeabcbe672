import { documentedPath } from "#gateways/http/route-path.ts"
import type { Route } from "#gateways/http/routes.ts"
import { type Credential, CREDENTIALS, type Outcome } from "./credentials.ts"
import type { GoodRequest } from "./good-requests.ts"

/** The status that a request of this credential is answered with. */
export const expectedStatus = (route: Route, { outcomes }: Credential, { status, owned }: GoodRequest): number => {
  const outcome = outcomes[route.access]
  if (typeof outcome === "number") return outcome
  return outcome === "own" && owned === true ? 404 : status
}

const shown = (outcome: Outcome, owned: boolean): string => {
  if (typeof outcome === "number") return String(outcome)
  return outcome === "own" && owned ? "404" : "✓"
}

const groups = [...Map.groupBy(CREDENTIALS, ({ group }) => group)].map(([group, credentials]) => ({ group, credentials }))

const row = (route: Route, owned: boolean): string => {
  const cells = route.access === "node" ? groups.map(() => "signature") : groups.map(({ credentials }) => [...new Set(credentials.map(({ outcomes }) => shown(outcomes[route.access], owned)))].join(" / "))
  return `| ${[`\`${route.method} ${documentedPath(route.path)}\``, route.access, ...cells].join(" | ")} |`
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`

/** Who may do what, as a document. */
export const authorizationDocument = (
  gateways: readonly { readonly name: string; readonly routes: readonly Route[]; readonly isOwned: (route: Route) => boolean }[],
): string => {
  const header = ["route", "access", ...groups.map(({ group }) => group)]
  const tables = gateways.map(({ name, routes, isOwned }) =>
    [`## ${name}`, "", line(header), line(header.map(() => "---")), ...routes.map((route) => row(route, isOwned(route)))].join("\n"))
  return `${[INTRODUCTION, ...tables, ...LEGEND].join("\n\n")}\n`
}

const INTRODUCTION = `# Who may do what

Made from the tables of routes by \`test/gateways/authorization/authorization.test.ts\`, which asks every gateway every row; after a change of routes, write it anew
with \`npx vitest run test/gateways/authorization --update\`. ✓: the route answers. 401: nobody whom we know. 403: known, but not for this. 404: what the path names
belongs to another account, which is not told from what is not there. Nodes are no part of this: they speak WebSocket to \`io\` and sign every frame. A route of the access
\`node\` looks at no header: the signature of its body decides, by the node's key.`

const LEGEND = [
  "## What the columns stand for",
  groups.map(({ group, credentials }) => `- **${group}**: ${credentials.map(({ name }) => name).join(", ")}`).join("\n"),
]
