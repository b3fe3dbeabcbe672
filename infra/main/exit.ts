/** How the command ends; scripts rely on these. */
export const EXIT = {
  ok: 0,
  /** It failed, or a check found a difference. */
  failure: 1,
  /** Unknown command or option, or a value that cannot be meant. */
  usage: 2,
  /** Port taken, disk full, wrong Node, data folder in use or not writable. */
  cannotStart: 3,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An end with one line for the person: what is wrong and, where there is something, what to do. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export const failure = (message: string, cause?: unknown): CliFailure => new CliFailure(message, EXIT.failure, { cause })
export const usage = (message: string): CliFailure => new CliFailure(message, EXIT.usage)
export const cannotStart = (message: string, cause?: unknown): CliFailure =>
  new CliFailure(message, EXIT.cannotStart, { cause })
