import fc from "fast-check"
import { type Case, casesFor, type Fuzzed } from "./cases.ts"
import { answerChecker, type FuzzAnswer } from "./check-answer.ts"
import { targetsOf } from "./document.ts"

/** Longer is a hang. */
const HANG_MS = 10_000
const AT_ONCE = 16
const CHUNK = 500
/** Ids of answers that later requests ask for. */
const MAX_IDS = 200
const MAX_PROBLEMS = 20

export interface FuzzOptions extends Fuzzed {
  readonly url: string
  /** Sent with every request that has no bad key. */
  readonly key: string
  readonly cases: number
  /** The same seed asks the same. */
  readonly seed: number
  /** Whose routes are asked: those of this security scheme, and those of none. All of them otherwise. */
  readonly scheme?: string
  /** Ids to begin with. */
  readonly ids: readonly string[]
}

export interface FuzzReport {
  readonly cases: number
  readonly byStatus: ReadonlyMap<number, number>
  readonly byOperation: ReadonlyMap<string, number>
  readonly slowestMs: number
  /** With the number of the case. */
  readonly problems: readonly string[]
}

/** Asks a gateway everything that its document allows and much that it does not, and reports what it should not have answered. */
export const fuzz = async (options: FuzzOptions): Promise<FuzzReport> => {
  const { document, cases, seed } = options
  const requests = casesFor(options, targetsOf(document, options.scheme))
  const problemsOf = answerChecker(document)
  const [byStatus, byOperation, ids] = [new Map<number, number>(), new Map<string, number>(), [...options.ids]]
  const problems: string[] = []
  let slowestMs = 0

  const one = async (request: Case, n: number): Promise<void> => {
    const startedAt = performance.now()
    const answer = await send(options, request, ids).catch((error: unknown) => String(error))
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    const found = typeof answer === "string" ? [answer] : [...problemsOf(request.target, request.method, answer), ...keyProblems(request, answer)]
    if (typeof answer !== "string") remember(ids, answer)
    count(byStatus, typeof answer === "string" ? 0 : answer.status)
    count(byOperation, request.target.operationId)
    const shown = `${request.method} ${request.path.slice(0, 200)} (${request.kind}) ${request.body?.slice(0, 400) ?? ""}`
    problems.push(...found.map((problem) => `case ${n} of seed ${seed}: ${shown}\n  → ${typeof answer === "string" ? "" : answer.status}: ${problem}`))
  }

  for (let from = 0; from < cases && problems.length < MAX_PROBLEMS; from += CHUNK) {
    const chunk = fc.sample(requests, { seed: seed + from, numRuns: Math.min(CHUNK, cases - from) })
    const queue = chunk.entries()
    const worker = async () => {
      for (const [n, request] of queue) await one(request, from + n)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }
  return { cases: [...byStatus.values()].reduce((sum, n) => sum + n, 0), byStatus, byOperation, slowestMs, problems }
}

const send = async ({ url, key }: FuzzOptions, request: Case, ids: readonly string[]): Promise<FuzzAnswer> => {
  const path = request.path.replaceAll(/\{id (\d+)\}/g, (_, n) => encodeURIComponent(ids[Number(n) % ids.length] ?? "none"))
  const authorization: Record<string, string> = request.credential === "good" ? { authorization: `Bearer ${key}` } : {}
  const response = await fetch(url + path, {
    method: request.method, body: request.body, headers: { ...authorization, ...request.headers }, redirect: "manual",
    signal: AbortSignal.timeout(HANG_MS),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const keyProblems = ({ target, method, credential }: Case, { status }: FuzzAnswer): readonly string[] => {
  const asks = credential === "bad" && target.security.length > 0 && method === target.method
  return asks && status < 400 ? ["an answer without a good key"] : []
}

const remember = (ids: string[], { text }: FuzzAnswer): void => {
  const id = /"id":"([^"\\]{1,100})"/.exec(text)?.[1]
  if (id === undefined || ids.includes(id)) return
  ids.push(id)
  if (ids.length > MAX_IDS) ids.splice(5, 1)
}

const count = <Key>(counts: Map<Key, number>, key: Key): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
