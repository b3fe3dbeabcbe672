/** Long enough for a writer of a busy stream to come back several times. */
const REMEMBERED_MS = 2_000
const MAX_SUBJECTS = 1_000

/** Subjects on which another process was faster lately: one of them in an atomic batch would fail all the others in it. */
export class ContendedSubjects {
  readonly #until = new Map<string, number>()

  add(subject: string): void {
    this.#until.delete(subject)
    this.#until.set(subject, Date.now() + REMEMBERED_MS)
    if (this.#until.size <= MAX_SUBJECTS) return
    for (const oldest of this.#until.keys()) {
      this.#until.delete(oldest)
      return
    }
  }

  has(subject: string): boolean {
    const until = this.#until.get(subject)
    if (until === undefined) return false
    if (until >= Date.now()) return true
    this.#until.delete(subject)
    return false
  }
}
