import type { Feedback } from "#domain/feedback/index.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import { defineProjection } from "../projection.ts"
import type { ColumnValues } from "../table-definition.ts"
import { put, type Write } from "../writes.ts"
import { feedback } from "./table.ts"

const say = ({ jobId, keyId, ...said }: Feedback, position: Position, when: ColumnValues<typeof feedback.columns>): readonly Write[] => {
  const { namespaceId, rating, category, flagged, comment } = said
  const row = { namespace_id: namespaceId, rating, category, flagged: flagged ? 1 : 0, comment_bytes: comment?.bytes ?? 0, position, ...when }
  return [put(feedback, { job_id: jobId, key_id: keyId }, row)]
}

export const feedbackProjection = defineProjection({
  name: "feedback",
  version: 1,
  tables: [feedback],
  rules: {
    FeedbackGiven: ({ data, position }) => say(data, position, { given_at: data.at }),
    FeedbackRevised: ({ data, position }) => say(data, position, { changed_at: data.at }),
  },
})
