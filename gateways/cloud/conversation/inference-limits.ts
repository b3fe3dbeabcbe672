/** Of bodies that ask a model: clients send images in them, in base64. */
export const INFERENCE_LIMITS = { bodyBytes: 8 * 1024 * 1024, bodyMs: 60_000 } as const
