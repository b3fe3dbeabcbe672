import type { Parameter } from "../../http/routes.ts"

export const REPEATABLE_PARAMETERS: readonly Parameter[] = [
  {
    in: "header", name: "Idempotency-Key",
    description:
      "1 to 255 printable characters, in use for 24 hours in the namespace. Requests with one key are one request: it is run and charged once, and " +
      "each gets the same answer, later ones with `idempotent-replayed: true`. What failed before anything was charged is run again.",
  },
  {
    in: "header", name: "Last-Event-ID",
    description: "With the Idempotency-Key of a stream: the stream goes on after this event. Events of such a stream have an `id`.",
  },
]
