/** How long a request may take, and its answer be asked for again. */
export const KEPT_MS = 24 * 60 * 60 * 1_000
