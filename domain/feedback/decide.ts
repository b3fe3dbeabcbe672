import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { KeyId } from "../kernel/ids.ts"
import { codec, type Feedback, type FeedbackEvent } from "./events.ts"

/** What each key says of one job. */
export interface JobFeedback {
  readonly byKey: ReadonlyMap<KeyId, Feedback>
}

export interface GiveFeedback extends Feedback {
  readonly type: "GiveFeedback"
}

const apply = ({ byKey }: JobFeedback, { data }: FeedbackEvent): JobFeedback => ({ byKey: new Map(byKey).set(data.keyId, data) })

const isSame = (a: Feedback, b: Feedback): boolean =>
  a.rating === b.rating && a.category === b.category && a.flagged === b.flagged && a.comment?.digest === b.comment?.digest

const decide =
  ({ type: _, ...data }: GiveFeedback) =>
  ({ byKey }: JobFeedback): Result.Result<readonly FeedbackEvent[], never> => {
    const before = byKey.get(data.keyId)
    if (before === undefined) return Result.succeed([{ type: "FeedbackGiven", data }])
    return Result.succeed(isSame(before, data) ? [] : [{ type: "FeedbackRevised", data }])
  }

export const feedback: Decider<JobFeedback, GiveFeedback, FeedbackEvent, never> = {
  category: "feedback",
  codec,
  initial: { byKey: new Map() },
  fold: foldWith(apply),
  decide,
}
