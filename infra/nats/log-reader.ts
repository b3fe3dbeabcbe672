import type { MsgHdrs } from "@nats-io/transport-node"
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
  readonly message?: { readonly seq: number; readonly data?: string }
}

interface InfoAnswer extends ApiAnswer {
  readonly state?: { readonly last_seq: number }
}

export interface PageRequest {
  readonly fromSequence: number
  readonly maxCommits: number
}

export interface Page {
  readonly commits: readonly StoredCommit[]
  /** The server that answered had nothing more. */
  readonly isLast: boolean
}

/** A commit whose place is known before it is decoded. */
export interface FoundCommit {
  readonly sequence: number
  readonly decode: () => StoredCommit
}

/** Reads of one log. Each is one round trip and may be repeated. */
export interface LogReader {
  /** The subject's last commit: nothing that was acknowledged before the call is missing. */
  readonly lastOf: (subject: string) => Promise<FoundCommit | null>
  /** The commit at a sequence, from the leader. */
  readonly at: (sequence: number) => Promise<StoredCommit | null>
  /** From the leader. */
  readonly lastSequence: () => Promise<number>
  /** The log from a sequence on, from any replica: it may be behind, but leaves nothing out. */
  readonly page: (request: PageRequest) => Promise<Page>
  /** The same of one subject. */
  readonly pageOf: (subject: string, request: PageRequest) => Promise<Page>
}

/** `replicas`: at least as many as the stream has. */
export const logReader = (link: LogLink, stream: string, replicas: number): LogReader => {
  const ask = async <A extends ApiAnswer>(verb: string, query: object): Promise<A> => {
    const answer = await link.request({ subject: `${API}.${verb}.${stream}`, payload: JSON.stringify(query) })
    return answer.json<A>()
  }
  /** From the leader. */
  const message = async (query: object): Promise<FoundCommit | null> => {
    const { error, message: found } = await ask<MessageAnswer>("STREAM.MSG.GET", query)
    if (error?.err_code === NO_MESSAGE) return null
    if (found === undefined) throw new NoAnswer(error?.description ?? "no message in the answer")
    const { seq, data = "" } = found
    return { sequence: seq, decode: () => decodeCommit(seq, Buffer.from(data, "base64")) }
  }
  /** From any server that has the stream: a third of the cost, and where there is only one, as good. */
  const direct = async (subject: string): Promise<FoundCommit | null> => {
    const { headers: given, data } = await link.request({ subject: `${API}.DIRECT.GET.${stream}.${subject}`, payload: "" })
    // A mirror that somebody made answers for the stream too, and may be behind. Nobody says who has nothing.
    if (given?.last("Nats-Stream") !== stream) return await message({ last_by_subj: subject })
    const sequence = Number(given.last("Nats-Sequence"))
    return { sequence, decode: () => decodeCommit(sequence, data) }
  }
  return {
    lastOf: replicas === 1 ? direct : (subject) => message({ last_by_subj: subject }),
    at: async (sequence) => (await message({ seq: sequence }))?.decode() ?? null,
    lastSequence: async () => {
      const { error, state } = await ask<InfoAnswer>("STREAM.INFO", {})
      if (state === undefined) throw new NoAnswer(error?.description ?? "no state in the answer")
      return state.last_seq
    },
    page: (request) => readPage(link, `${API}.DIRECT.GET.${stream}`, request),
    pageOf: (subject, request) => readPageOf(link, `${API}.DIRECT.GET.${stream}`, { ...request, subject }),
  }
}

const boundsOf = ({ fromSequence, maxCommits }: PageRequest) => ({
  seq: fromSequence,
  batch: Math.min(maxCommits, MAX_PAGE_COMMITS),
  max_bytes: MAX_PAGE_BYTES,
})

const pageEnding = (commits: readonly StoredCommit[], end: MsgHdrs): Page => {
  const last = commits.at(-1)
  if (last === undefined) return { commits, isLast: true }
  if (Number(end.last("Nats-Last-Sequence")) !== last.sequence) throw new NoAnswer("a message of the page is missing")
  return { commits, isLast: Number(end.last("Nats-Num-Pending")) === 0 }
}

/** Nothing is ever deleted, so sequences can be counted, and the headers stay where they are. */
const readPage = async (link: LogLink, api: string, request: PageRequest): Promise<Page> => {
  const payload = JSON.stringify({ ...boundsOf(request), no_hdr: true })
  const { messages, end } = await link.requestMany({ subject: api, payload })
  return pageEnding(messages.map(({ data }, index) => decodeCommit(request.fromSequence + index, data)), end)
}

const readPageOf = async (link: LogLink, api: string, request: PageRequest & { readonly subject: string }): Promise<Page> => {
  const payload = JSON.stringify({ ...boundsOf(request), next_by_subj: request.subject })
  const { messages, end } = await link.requestMany({ subject: api, payload })
  let previous = 0
  const commits = messages.map(({ data, headers: given }) => {
    // Each message names the one before it, so that one lost on the way does not go unnoticed.
    if (Number(given?.last("Nats-Last-Sequence")) !== previous) throw new NoAnswer("a message of the page is missing")
    previous = Number(given?.last("Nats-Sequence"))
    return decodeCommit(previous, data)
  })
  return pageEnding(commits, end)
}
