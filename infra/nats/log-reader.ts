import { headers } from "@nats-io/transport-node"
import { decodeCommit, type StoredCommit } from "./log-commit.ts"
import { type LogLink, NoAnswer } from "./log-link.ts"

const API = "$JS.API"
const NO_MESSAGE = 10037

/** Commits in one page of a read, and their bytes: far below what a server holds back for a slow reader. */
const MAX_PAGE_COMMITS = 1_000
const MAX_PAGE_BYTES = 8 * 1024 * 1024

interface ApiAnswer {
  readonly error?: { readonly err_code: number; readonly description: string }
}

interface MessageAnswer extends ApiAnswer {
  readonly message?: { readonly subject: string; readonly seq: number; readonly time: string; readonly data?: string }
}

interface InfoAnswer extends ApiAnswer {
  readonly state?: { readonly last_seq: number }
}

export interface PageRequest {
  readonly fromSequence: number
  /** One subject only; null for all. */
  readonly subject: string | null
  readonly maxCommits: number
}

export interface Page {
  readonly commits: readonly StoredCommit[]
  /** The server that answered had nothing more. */
  readonly isLast: boolean
}

/** Reads of one log. Each is one round trip and may be repeated. */
export interface LogReader {
  /** The subject's last commit, from the leader: nothing that was acknowledged before the call is missing. */
  readonly lastOf: (subject: string) => Promise<StoredCommit | null>
  /** The commit at a sequence, from the leader. */
  readonly at: (sequence: number) => Promise<StoredCommit | null>
  /** From the leader. */
  readonly lastSequence: () => Promise<number>
  /** Consecutive commits from any replica: it may be behind, but leaves nothing out. */
  readonly page: (request: PageRequest) => Promise<Page>
}

export const logReader = (link: LogLink, stream: string): LogReader => {
  const ask = async <A extends ApiAnswer>(verb: string, query: object): Promise<A> => {
    const answer = await link.request({ subject: `${API}.${verb}.${stream}`, payload: JSON.stringify(query) })
    return answer.json<A>()
  }
  const message = async (query: object): Promise<StoredCommit | null> => {
    const { error, message: found } = await ask<MessageAnswer>("STREAM.MSG.GET", query)
    if (error?.err_code === NO_MESSAGE) return null
    if (found === undefined) throw new NoAnswer(error?.description ?? "no message in the answer")
    const { subject, seq, time, data = "" } = found
    return decodeCommit({ subject, sequence: seq, time, data: Buffer.from(data, "base64") })
  }
  return {
    lastOf: (subject) => message({ last_by_subj: subject }),
    at: (sequence) => message({ seq: sequence }),
    lastSequence: async () => {
      const { error, state } = await ask<InfoAnswer>("STREAM.INFO", {})
      if (state === undefined) throw new NoAnswer(error?.description ?? "no state in the answer")
      return state.last_seq
    },
    page: (request) => readPage(link, `${API}.DIRECT.GET.${stream}`, request),
  }
}

const readPage = async (link: LogLink, api: string, { fromSequence, subject, maxCommits }: PageRequest): Promise<Page> => {
  const bounds = { seq: fromSequence, batch: Math.min(maxCommits, MAX_PAGE_COMMITS), max_bytes: MAX_PAGE_BYTES }
  const payload = JSON.stringify(subject === null ? bounds : { ...bounds, next_by_subj: subject })
  const { messages, end } = await link.requestMany({ subject: api, payload })
  let previous = 0
  const commits = messages.map(({ data, headers: given = headers() }) => {
    // Each message names the one before it, so that one lost on the way does not go unnoticed.
    if (Number(given.last("Nats-Last-Sequence")) !== previous) throw new NoAnswer("a message of the page is missing")
    previous = Number(given.last("Nats-Sequence"))
    return decodeCommit({ subject: given.last("Nats-Subject"), sequence: previous, time: given.last("Nats-Time-Stamp"), data })
  })
  if (commits.length === 0) return { commits, isLast: true }
  if (Number(end.last("Nats-Last-Sequence")) !== previous) throw new NoAnswer("the end of the page is missing")
  return { commits, isLast: Number(end.last("Nats-Num-Pending")) === 0 }
}
