import type { Caller } from "../../http/authenticate.ts"
import type { Call } from "../../http/routes.ts"
import { RequestTelemetry, type Watching } from "./request-telemetry.ts"

/** What was read from a request; one that is refused for what is in it leaves a trace too, without a job. */
export const readTraced = <Read>(
  { metrics, tracing, now }: Omit<Watching, "work" | "caller">,
  { reply, caller }: Call<Caller>,
  { work, read }: { readonly work: Watching["work"]; readonly read: () => Read },
): Read => {
  try {
    return read()
  } catch (error) {
    void new RequestTelemetry(reply, { metrics, tracing, now, caller, work })
    throw error
  }
}
