/** From the socket's opening to `hello`, and from `test` to `tested`. */
export const HANDSHAKE_MS = 10_000
export const TEST_MS = 120_000
export const HEARTBEAT_MS = 10_000
/** Silence after which a session is closed and its work given to others. */
export const SILENCE_MS = 30_000
/** Refused frames within the window after which a connection is not worth keeping. */
export const MAX_REFUSALS = 20
export const REFUSAL_WINDOW_MS = 3_600_000
/** A certificate may not be valid for longer. */
export const MAX_CERTIFICATE_MS = 7 * 24 * 3_600_000
/** How long a node may take to count a prompt. */
export const COUNT_MS = 5_000
/** How long before another node is asked as well, and how many are asked in all. */
export const COUNT_PATIENCE_MS = 1_000
export const MAX_COUNTERS_ASKED = 3
/** Prompts being counted by one node at once. */
export const MAX_PENDING_COUNTS = 4_096
/** Tokens that may be claimed without text to show for them: a cut character, a held-back beginning. */
export const SLACK_TOKENS = 64
/** No tokenizer has longer tokens; what a node sends beyond it is not an answer. */
export const MAX_CHARACTERS_PER_TOKEN = 512
/** A token is at least one byte of UTF-8, and a UTF-16 unit at most three. */
export const MAX_TOKENS_PER_CHARACTER = 3
/** What a chat template may add to a prompt, once and per message. */
export const TEMPLATE_TOKENS = 1_024
export const TEMPLATE_TOKENS_PER_MESSAGE = 64
/** Tokens of the test at start. */
export const TEST_TOKENS = 16
/** Characters of one alternative to a token, on average over an answer: its text, its bytes and a number, as JSON. */
export const MAX_CHARACTERS_PER_LOGPROB = 512
/** Numbers of a vector. Larger models have 4 096 to 8 192. */
export const MAX_DIMENSIONS = 16_384
/** What rounding to 32 bits may do to the length of a vector, and more. */
export const UNIT_LENGTH_TOLERANCE = 1e-3
/** Tool calls in one answer; a client's library takes indexes up to 127. */
export const MAX_CALLS = 128
