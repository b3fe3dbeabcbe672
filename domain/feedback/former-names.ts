import type { Upcasters } from "../kernel/event-codec.ts"

/** Its first name, for an hour of its life: read as what it is called since. */
export const formerNames: Upcasters = { FeedbackChanged: (data) => ({ type: "FeedbackRevised", data }) }
