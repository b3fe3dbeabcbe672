/** One event of one generation's stream; numbers count from 1. */
export interface EventPlace {
  readonly generation: number
  readonly number: number
}

/** As it stands in `id:` and comes back in `Last-Event-ID`. */
export const eventId = ({ generation, number }: EventPlace): string => `${generation}-${number}`

const FORM = /^([1-9]\d{0,8})-(0|[1-9]\d{0,8})$/

/** Null for what no event has. */
export const readEventId = (text: string): EventPlace | null => {
  const [, generation, number] = FORM.exec(text) ?? []
  return generation === undefined || number === undefined ? null : { generation: Number(generation), number: Number(number) }
}
