import { Schedule } from "effect"

/** What a node was given or did is worth trying to record: the log may be away for a moment. Well under a job's time to live. */
const SCHEDULE = { schedule: Schedule.spaced("500 millis"), times: 60 }

const UNWELL: ReadonlySet<string> = new Set(["EventStoreUnavailable", "StreamBusy", "TooManyConflicts"])

/** A failure of the world, after which the same command is worth repeating. */
export const worldIsUnwell = ({ _tag }: { readonly _tag: string }): boolean => UNWELL.has(_tag)

/** For `Effect.retry` of an idempotent record. */
export const RECORD_RETRY = { ...SCHEDULE, while: worldIsUnwell }
