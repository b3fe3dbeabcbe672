/** Far more than can be acknowledged within the time after which a stream delivers again. */
const MAX_REMEMBERED = 10_000

export interface RecentAttempts {
  readonly add: (attemptId: string) => void
  readonly has: (attemptId: string) => boolean
}

/**
 * Attempts that were acknowledged here. An acknowledgement may be lost with its connection, and a publish of unknown outcome may have been
 * repeated: what comes again is acknowledged again and not delivered.
 */
export const recentAttempts = (): RecentAttempts => {
  const ids = new Set<string>()
  return {
    add: (attemptId) => {
      ids.delete(attemptId)
      ids.add(attemptId)
      if (ids.size <= MAX_REMEMBERED) return
      for (const oldest of ids) {
        ids.delete(oldest)
        return
      }
    },
    has: (attemptId) => ids.has(attemptId),
  }
}
