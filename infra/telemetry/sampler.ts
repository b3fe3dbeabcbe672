import { AlwaysOffSampler, AlwaysOnSampler, type Sampler, SamplingDecision, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace"
import { ROOT_CONTEXT, SpanKind } from "@opentelemetry/api"

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Whether a trace is kept, by OpenTelemetry's variables. The decision hangs on the trace id alone, so all processes take the same one; no
 * span has a parent outside its job's trace, which makes the `parentbased_` samplers equal to what they fall back on.
 */
export const traceSampler = ({ OTEL_TRACES_SAMPLER: name = "", OTEL_TRACES_SAMPLER_ARG: argument }: Environment) => {
  const sampler = samplerNamed(name.replace(/^parentbased_/, ""), argument)
  return (traceId: string): boolean =>
    sampler.shouldSample(ROOT_CONTEXT, traceId, "", SpanKind.SERVER, {}, []).decision === SamplingDecision.RECORD_AND_SAMPLED
}

const samplerNamed = (name: string, argument: string | undefined): Sampler => {
  if (name === "always_off") return new AlwaysOffSampler()
  return name === "traceidratio" ? new TraceIdRatioBasedSampler(ratioOf(argument)) : new AlwaysOnSampler()
}

/** As the specification has it: what is no ratio counts as 1. */
const ratioOf = (argument: string | undefined): number => {
  const ratio = argument === undefined || argument.trim() === "" ? 1 : Number(argument)
  return ratio >= 0 && ratio <= 1 ? ratio : 1
}
