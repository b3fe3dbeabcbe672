export { apiKey, type ApiKey, type ApiKeyCommand, type ApiKeyRejection, type CreateKey, type RevokeKey } from "./decide.ts"
export { type ApiKeyEvent, KeyMode } from "./events.ts"
export { formatKey, parseKey, type ParsedKey } from "./key-format.ts"
