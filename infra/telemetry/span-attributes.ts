import { type Attributes, type Link, TraceFlags } from "@opentelemetry/api"
import { ATTR_HTTP_REQUEST_METHOD, ATTR_HTTP_RESPONSE_STATUS_CODE, ATTR_HTTP_ROUTE } from "@opentelemetry/semantic-conventions"
import type { JobSpan, SpanFacts } from "#commands/ports/tracing.ts"

/** By the semantic conventions where they have a word, else below `resultity.`. */
const NAMES: Readonly<Record<keyof SpanFacts, string>> = {
  namespaceId: "resultity.namespace.id",
  keyId: "resultity.key.id",
  nodeId: "resultity.node.id",
  attemptId: "resultity.attempt.id",
  attempt: "resultity.attempt.number",
  reason: "resultity.reason",
  model: "gen_ai.request.model",
  promptTokens: "gen_ai.usage.input_tokens",
  completionTokens: "gen_ai.usage.output_tokens",
  finishReason: "gen_ai.response.finish_reasons",
  status: ATTR_HTTP_RESPONSE_STATUS_CODE,
}

const MAX_VALUE_CHARACTERS = 256

export const attributesOf = ({ jobId, work, facts }: JobSpan): Attributes => {
  const attributes: Attributes = { "resultity.job.id": jobId }
  for (const [fact, name] of Object.entries(NAMES)) {
    const value = facts[fact as keyof SpanFacts]
    if (value !== undefined) attributes[name] = typeof value === "string" ? value.slice(0, MAX_VALUE_CHARACTERS) : value
  }
  if (!work.startsWith("POST ")) return attributes
  return { ...attributes, [ATTR_HTTP_REQUEST_METHOD]: "POST", [ATTR_HTTP_ROUTE]: work.slice("POST ".length) }
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/
const ZEROS = /^0+$/

/** What is no W3C `traceparent` is left out. */
export const linksOf = ({ linkedTo }: JobSpan): Link[] => {
  const [, traceId = "0", spanId = "0"] = TRACEPARENT.exec(linkedTo ?? "") ?? []
  return ZEROS.test(traceId) || ZEROS.test(spanId) ? [] : [{ context: { traceId, spanId, traceFlags: TraceFlags.NONE, isRemote: true } }]
}
