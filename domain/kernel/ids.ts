import { Schema } from "effect"

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

const prefixed = (prefix: string) => Schema.String.check(Schema.isPattern(new RegExp(`^${prefix}_${uuid}$`)))

/** Ids are UUIDv7 with a typed prefix. */
export const AccountId = prefixed("acct").pipe(Schema.brand("AccountId"))
export type AccountId = typeof AccountId.Type
export const NamespaceId = prefixed("ns").pipe(Schema.brand("NamespaceId"))
export type NamespaceId = typeof NamespaceId.Type
export const JobId = prefixed("job").pipe(Schema.brand("JobId"))
export type JobId = typeof JobId.Type
export const AttemptId = prefixed("att").pipe(Schema.brand("AttemptId"))
export type AttemptId = typeof AttemptId.Type
export const HoldId = prefixed("hold").pipe(Schema.brand("HoldId"))
export type HoldId = typeof HoldId.Type
export const SessionId = prefixed("sess").pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type
export const GatewayId = prefixed("gw").pipe(Schema.brand("GatewayId"))
export type GatewayId = typeof GatewayId.Type

/** A request whose answer can be asked for again or fetched later. */
export const RequestId = prefixed("req").pipe(Schema.brand("RequestId"))
export type RequestId = typeof RequestId.Type
export const WebhookId = prefixed("wh").pipe(Schema.brand("WebhookId"))
export type WebhookId = typeof WebhookId.Type

/** A file, by OpenAI's prefix: clients tell by it that a text is a file's id. */
export const FileId = Schema.String.check(Schema.isPattern(new RegExp(`^file-${uuid}$`))).pipe(Schema.brand("FileId"))
export type FileId = typeof FileId.Type

export const BatchId = prefixed("batch").pipe(Schema.brand("BatchId"))
export type BatchId = typeof BatchId.Type

/** The readable middle of `rk_<test|live>_<keyid>_<secret>_<crc>`. */
export const KeyId = Schema.String.check(Schema.isPattern(/^[0-9A-Za-z]{12}$/)).pipe(Schema.brand("KeyId"))
export type KeyId = typeof KeyId.Type

/** An EVM address in EIP-55 checksum form. */
export const NodeId = Schema.String.check(Schema.isPattern(/^0x[0-9a-fA-F]{40}$/)).pipe(Schema.brand("NodeId"))
export type NodeId = typeof NodeId.Type

export const Environment = Schema.Literals(["testnet", "mainnet"])
export type Environment = typeof Environment.Type

/** Milliseconds since 1970. */
export const TimeMs = Schema.Int
