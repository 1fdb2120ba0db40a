/** A line of song_data. `fields` replace these values, and `undefined` leaves a field out. */
export function songLine(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    num_songs: 1,
    artist_id: 'AR1',
    artist_latitude: null,
    artist_longitude: null,
    artist_location: '',
    artist_name: 'Elena',
    song_id: 'SO1',
    title: 'Setanta matins',
    duration: 269.58322,
    year: 0,
    ...fields,
  })
}

/** A line of log_data: a play of the song of `songLine`. */
export function playLine(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    artist: 'Elena',
    auth: 'Logged In',
    firstName: 'Lily',
    gender: 'F',
    itemInSession: 0,
    lastName: 'Koch',
    length: 269.58322,
    level: 'paid',
    location: 'Chicago-Naperville-Elgin, IL-IN-WI',
    method: 'PUT',
    page: 'NextSong',
    registration: 1541048010796,
    sessionId: 1,
    song: 'Setanta matins',
    status: 200,
    ts: 1542837407796,
    userAgent: '"Mozilla/5.0"',
    userId: '15',
    ...fields,
  })
}

/** The same line as an object. */
export const song = (fields: object = {}) => JSON.parse(songLine(fields as Readonly<Record<string, unknown>>))
export const play = (fields: object = {}) => JSON.parse(playLine(fields as Readonly<Record<string, unknown>>))
