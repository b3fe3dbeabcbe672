/** In which every line of a batch has its result, or none any more. */
export const BATCH_WINDOW_MS = 24 * 60 * 60 * 1_000
export const MAX_BATCH_LINES = 50_000
/** Of what is wrong with an input, this much is told. */
export const MAX_PROBLEMS = 100
