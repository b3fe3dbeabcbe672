import { SingleBar } from "cli-progress"

export interface Progress {
  readonly update: (done: number) => void
  readonly stop: () => void
}

/** A bar on stderr for people; nothing where stderr is not a terminal, so that pipes and logs stay clean. */
export const startProgress = (label: string, total: number, unit = "events"): Progress => {
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% · {value}/{total} ${unit} · {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: false,
    // Without this the bar installs a SIGINT handler of its own that hides ours.
    gracefulExit: false,
  })
  bar.start(total, 0)
  return { update: (done) => bar.update(done), stop: () => bar.stop() }
}

/** `12 345 events in 0.42 s, 29 393 events/s`. */
export const formatRate = (events: number, elapsedMs: number): string => {
  const seconds = Math.max(elapsedMs, 1) / 1000
  return `${grouped(events)} events in ${seconds.toFixed(2)} s, ${grouped(Math.round(events / seconds))} events/s`
}

const grouped = (value: number): string => value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, " ")
