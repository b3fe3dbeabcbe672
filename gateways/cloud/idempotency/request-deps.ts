import type { SourceDeps } from "../requests/reply-source.ts"
import type { Runner } from "../requests/runner.ts"

/** What it takes to keep answers for a repeat, and to answer later. */
export interface RequestDeps extends SourceDeps {
  readonly runner: Runner
}
