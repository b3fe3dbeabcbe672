import { type Placed, wireData } from "../log-event.ts"
import { put, type Write } from "../writes.ts"
import { jobTimeline } from "./table.ts"

/** Events that belong to a job, whichever stream they are in. */
export type JobStoryEvent = Extract<Placed, { readonly data: { readonly jobId: string; readonly at: number } }>

export const entry = (event: JobStoryEvent): Write => {
  const { type, stream, position, data } = event
  return put(jobTimeline, { job_id: data.jobId, position }, { type, stream, at: data.at, data: wireData(event) })
}
