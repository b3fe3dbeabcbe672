import { InvalidArgumentError } from "commander"
import { Result, Schema } from "effect"
import { AccountId, BatchId, JobId, KeyId, NamespaceId, RequestId, WebhookId } from "#domain/kernel/ids.ts"
import { isRetentionDays, MAX_RETENTION_DAYS } from "#domain/policies/retention.ts"
import { WEBHOOK_TYPES, type WebhookType } from "#domain/webhook/index.ts"
import { REQUEST_STATUSES, type RequestStatusName } from "#projections/requests/query.ts"
import { type Dimension, DIMENSIONS } from "#projections/usage/query.ts"

const MAX_PORT = 65_535

export const parsePort = (text: string): number => {
  const port = wholeNumber(text)
  if (port > MAX_PORT) throw new InvalidArgumentError(`Ports go from 0 (any free one) to ${MAX_PORT}.`)
  return port
}

export const parseCount = (text: string): number => {
  const count = wholeNumber(text)
  if (count < 1) throw new InvalidArgumentError("At least 1.")
  return count
}

/** Micro-credits: an integer, a million to the credit. */
export const parseMicroCredits = (text: string): bigint => {
  if (!/^[0-9]{1,30}$/.test(text)) {
    throw new InvalidArgumentError("An amount is a whole number of micro-credits: 5000000 is 5 credits.")
  }
  return BigInt(text)
}

export const parsePosition = (text: string): bigint => {
  if (!/^[0-9]{1,19}$/.test(text)) throw new InvalidArgumentError("A position is a whole number, 0 for the start.")
  return BigInt(text)
}

const wholeNumber = (text: string): number => {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError("A whole number, please.")
  return Number(text)
}

const idParser =
  <Id>(schema: Schema.Codec<Id, string>, shape: string) =>
  (text: string): Id => {
    const id = Schema.decodeUnknownResult(schema)(text)
    if (Result.isFailure(id)) throw new InvalidArgumentError(`It looks like ${shape}.`)
    return id.success
  }

/** Days that contents are kept. */
export const parseDays = (text: string): number => {
  const days = wholeNumber(text)
  if (!isRetentionDays(days)) throw new InvalidArgumentError(`From 0 to ${MAX_RETENTION_DAYS} days.`)
  return days
}

export const parseAccountId = idParser(AccountId, "acct_0193…, see `resultity namespaces list`")
export const parseNamespaceId = idParser(NamespaceId, "ns_0193…, see `resultity keys list`")
export const parseJobId = idParser(JobId, "job_0193…, see `resultity jobs list`")
export const parseBatchId = idParser(BatchId, "batch_0193…, see `resultity batches list`")
export const parseRequestId = idParser(RequestId, "req_0193…, see `resultity requests list`")
export const parseWebhookId = idParser(WebhookId, "wh_0193…, see `resultity webhooks list`")
export const parseKeyId = idParser(KeyId, "the 12 characters after rk_test_, see `resultity keys list`")

/** What usage is told apart by, separated by commas. */
export const parseDimensions = (text: string): readonly Dimension[] =>
  text.split(",").map((name) => {
    const dimension = DIMENSIONS.find((known) => known === name.trim())
    if (dimension === undefined) throw new InvalidArgumentError(`Of ${DIMENSIONS.join(", ")}, separated by commas.`)
    return dimension
  })

/** What a webhook is told, separated by commas. */
export const parseTypes = (text: string): readonly WebhookType[] =>
  text.split(",").map((name) => {
    const type = WEBHOOK_TYPES.find((known) => known === name.trim())
    if (type === undefined) throw new InvalidArgumentError(`Of ${WEBHOOK_TYPES.join(", ")}, separated by commas.`)
    return type
  })

export const parseRequestStatus = (text: string): RequestStatusName => {
  const status = REQUEST_STATUSES.find((known) => known === text)
  if (status === undefined) throw new InvalidArgumentError(`One of ${REQUEST_STATUSES.join(", ")}.`)
  return status
}
