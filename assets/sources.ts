/** The files that Sparkify keeps: songs, and logs of what users do. */
import { bigint, defineSource, double, emptyAsNull, int, text } from 'lake'

export const songData = defineSource({
  key: 'song_data',
  description: 'One JSON object per song of the catalogue, a file each.',
  columns: {
    song_id: text(),
    title: text(),
    artist_id: text(),
    artist_name: text(),
    artist_location: emptyAsNull(),
    artist_latitude: double().nullable(),
    artist_longitude: double().nullable(),
    year: int(),
    duration: double(),
    num_songs: int().nullable(),
  },
})

export const logData = defineSource({
  key: 'log_data',
  description: 'What users did, an event a line, a file a day.',
  columns: {
    // Milliseconds since 1970 in the years 1 to 9999, so that they can become a timestamp.
    ts: bigint().min(-62_135_596_800_000n).max(253_402_300_799_999n),
    page: text(),
    userId: text(),
    firstName: text().nullable(),
    lastName: text().nullable(),
    gender: text().nullable(),
    location: text().nullable(),
    userAgent: text().nullable(),
    registration: double().nullable(),
    level: text(),
    sessionId: bigint(),
    itemInSession: bigint(),
    song: text().nullable(),
    artist: text().nullable(),
    length: double().nullable(),
    auth: text().nullable(),
    method: text().nullable(),
    status: int().nullable(),
  },
})
