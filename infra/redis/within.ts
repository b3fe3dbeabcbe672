/** The answer, or a failure when it takes longer. */
export const within = <A>(timeoutMs: number, work: Promise<A>): Promise<A> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = (): void => reject(new Error(`no answer within ${timeoutMs} ms`))
  // One more turn: when it was this process that stood still, the answer is here already, unread.
  const timer = setTimeout(() => setImmediate(late), timeoutMs)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
