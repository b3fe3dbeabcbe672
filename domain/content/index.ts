export { content, type Content, type ContentCommand, type ContentRejection, type Erasure } from "./decide.ts"
export type { ContentEvent } from "./events.ts"
