/** All assets of Sparkify. */
export { artists } from './artists.ts'
export { songplays } from './songplays.ts'
export { songs } from './songs.ts'
export { logData, songData } from './sources.ts'
export { time } from './time.ts'
export { users } from './users.ts'
