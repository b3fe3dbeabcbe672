export { feedback, type GiveFeedback, type JobFeedback } from "./decide.ts"
export { type Feedback, FeedbackCategory, type FeedbackEvent, Rating } from "./events.ts"
