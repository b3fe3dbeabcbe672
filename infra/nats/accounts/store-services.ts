import type { NetworkNames } from "./network-names.ts"

/** The consumer that moves exhausted assignments, as `job-stream-dead-letters.ts` calls it. */
const DEAD_LETTERS = "dead-letters"

/** One thing that may be asked of the account that holds the streams. */
export interface StoreService {
  readonly subject: string
  /** Several messages in answer to one request. */
  readonly answers: "one" | "many"
}

const one = (subject: string): StoreService => ({ subject, answers: "one" })
const many = (subject: string): StoreService => ({ subject, answers: "many" })

/** Reading the log, and making it where it is not there yet: a stream that exists is left as it is. */
export const logReading = ({ log }: NetworkNames): readonly StoreService[] => [
  one("$JS.API.INFO"),
  one(`$JS.API.STREAM.CREATE.${log.stream}`),
  one(`$JS.API.STREAM.INFO.${log.stream}`),
  one(`$JS.API.STREAM.MSG.GET.${log.stream}`),
  many(`$JS.API.DIRECT.GET.${log.stream}`),
  one(`$JS.API.DIRECT.GET.${log.stream}.${log.subjects}`),
]

export const logAppending = ({ log }: NetworkNames): readonly StoreService[] => [one(log.subjects)]

/** What every process with a job stream does: make the streams, keep what could not be delivered. */
export const jobsKeeping = ({ jobs }: NetworkNames): readonly StoreService[] => [
  one("$JS.API.INFO"),
  ...[jobs.jobs, jobs.dead, jobs.exhausted].map((stream) => one(`$JS.API.STREAM.CREATE.${stream}`)),
  one(`$JS.API.CONSUMER.CREATE.${jobs.exhausted}.${DEAD_LETTERS}`),
  one(`$JS.API.CONSUMER.INFO.${jobs.exhausted}.${DEAD_LETTERS}`),
  many(`$JS.API.CONSUMER.MSG.NEXT.${jobs.exhausted}.${DEAD_LETTERS}`),
  one(`$JS.ACK.${jobs.exhausted}.${DEAD_LETTERS}.>`),
  one(`$JS.API.STREAM.MSG.GET.${jobs.jobs}`),
  one(`$JS.API.STREAM.MSG.DELETE.${jobs.jobs}`),
  one(jobs.deadSubject),
]

export const jobsEnqueueing = ({ jobs }: NetworkNames): readonly StoreService[] => [one(jobs.allSubjects)]

/** Fetching and acknowledging; `consumer` is a node's id, or what stands for it. */
export const jobsFetching = ({ jobs }: NetworkNames, consumer: string): readonly StoreService[] => [
  many(`$JS.API.CONSUMER.MSG.NEXT.${jobs.jobs}.${consumer}`),
  one(`$JS.ACK.${jobs.jobs}.${consumer}.>`),
]

/** On behalf of every node: with the consumer's filter in the subject, so that the server checks it. */
export const jobsConsuming = (names: NetworkNames): readonly StoreService[] => [
  one(`$JS.API.CONSUMER.CREATE.${names.jobs.jobs}.*.${names.jobs.allSubjects}`),
  one(`$JS.API.CONSUMER.INFO.${names.jobs.jobs}.*`),
  ...jobsFetching(names, "*"),
]

/** Making the telemetry log where it is not there yet, and adding to it. */
export const telemetryNoting = ({ telemetry }: NetworkNames): readonly StoreService[] => [
  one(`$JS.API.STREAM.CREATE.${telemetry.stream}`),
  one(telemetry.subjects),
]

/** All that the platform's processes may ask for, whoever of them. What is not here reaches no stream, by whatever way. */
export const platformServices = (names: NetworkNames): readonly StoreService[] =>
  unique([...logReading(names), ...logAppending(names), ...jobsKeeping(names), ...jobsEnqueueing(names), ...jobsConsuming(names), ...telemetryNoting(names)])

const unique = (services: readonly StoreService[]): readonly StoreService[] =>
  [...new Map(services.map((service) => [service.subject, service])).values()]
