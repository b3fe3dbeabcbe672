/** A node asks again before its credentials end, and after a restart; more than this is a loop. */
export const MAX_PER_NODE = 10
export const PER_NODE_MS = 10 * 60_000
/** Signatures checked in one second, whoever asks: each costs a millisecond of one core, and strangers may send as many as they like. */
export const MAX_CHECKS_PER_SECOND = 200
/** Nodes whose last requests are remembered; beyond it those who asked longest ago are forgotten. */
export const MAX_REMEMBERED_NODES = 100_000
