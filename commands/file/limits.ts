/** Of one part: written encrypted, read in one go. A MongoDB document holds 16 MiB; bytes above 127 take two in the store. */
export const PART_BYTES = 512 * 1024
/** An upload that is not whole by then is given up. */
export const UPLOAD_MS = 60 * 60 * 1_000
