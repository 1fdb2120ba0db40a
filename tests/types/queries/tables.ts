/** The tables of the queries whose types the other files prove. */
import type { Queries } from 'lake'
import { bigint, boolean, date, decimal, defineSource, double, int, text, timestamp } from 'lake'

export const plays = defineSource({
  key: 'plays',
  columns: {
    id: bigint(),
    song: text().min(1),
    place: text().nullable(),
    seconds: int().min(0),
    rating: int().nullable(),
    price: decimal(10, 2),
    rate: double(),
    day: date(),
    at: timestamp(),
    paid: boolean(),
  },
})
const songs = defineSource({ key: 'songs', columns: { song: text(), year: int(), length: double().nullable() } })

/** The queries of an asset over both tables. */
export type TestQueries = Queries<{ plays: typeof plays; songs: typeof songs }>
