import type { Terminal } from "./terminal.ts"

export interface Running {
  readonly baseUrl: string
  readonly ioUrl: string
  readonly adminUrl: string
  readonly apiKey: string
  readonly namespaceId: string
  readonly models: readonly string[]
  readonly dataDir: string
  /** A command of this program as this person would type it. */
  readonly call: (words: string) => string
}

/** What a newcomer needs next: the address, a key, a question to paste, and where to read what it cost. */
export const welcome = (running: Running, terminal: Terminal): readonly string[] => {
  const { baseUrl, apiKey, models, call, dataDir } = running
  const strong = (text: string): string => terminal.style("bold", text)
  return [
    "",
    strong("Resultity is up.") + " Ctrl-C stops it; the next start goes on where it was.",
    "",
    `  Base URL    ${strong(baseUrl)}`,
    `  API key     ${strong(apiKey)}`,
    `              a local demo key with demo credits, kept in ${dataDir}/demo-key.json`,
    `  Models      ${models.length === 0 ? "none yet: no node has joined" : models.join(", ")}`,
    `  Nodes join  ${running.ioUrl}`,
    `  Admin       ${running.adminUrl}`,
    `  Data        ${dataDir}`,
    "",
    ...(models[0] === undefined ? joining(running) : asking(running, models[0])),
    "What happened, and what did it cost?",
    "",
    `  ${call("jobs list")}`,
    `  ${call("jobs show <job id>")}`,
    `  ${call(`credits statement --namespace ${running.namespaceId}`)}`,
    "",
  ]
}

const asking = ({ baseUrl, apiKey }: Running, model: string): readonly string[] => {
  const body = { model, messages: [{ role: "user", content: "What is a node?" }] }
  return [
    "Ask it something:",
    "",
    `  curl ${baseUrl}/chat/completions \\`,
    `    -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\`,
    `    -d '${JSON.stringify(body)}'`,
    "",
  ]
}

const joining = ({ ioUrl, call }: Running): readonly string[] => [
  "Let a node join, here or on another machine:",
  "",
  `  ${call(`node --join ${ioUrl}`)}`,
  "",
]
