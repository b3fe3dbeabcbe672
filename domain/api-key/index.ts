export type {
  ApiKeyCommand, ApiKeyRejection, ChangeKeyLimits, CreateKey, Grantor, RenameKey, RevokeKey, RotateKey,
} from "./commands.ts"
export { apiKey, sameLimits } from "./decide.ts"
export { type ApiKeyEvent, KeyMode, KeyRight } from "./events.ts"
export { formatKey, parseKey, type ParsedKey } from "./key-format.ts"
export { DEFAULT_LIMITS, KeyLimits, type LimitName, NO_LIMITS } from "./limits.ts"
export type { ApiKey, KnownKey } from "./state.ts"
