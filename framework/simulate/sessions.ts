/** Generates the events of one session of a user. */
import { LOGGED_OUT_PAGES, MEMBER_PAGES, type PageName } from './pages.ts'
import { generatePlay, type Play } from './plays.ts'
import type { Random } from './random.ts'
import type { Song } from './songs.ts'
import { type Level, type Person, SECOND_MS, type User } from './users.ts'

/** One event of a user. */
export interface LogEvent {
  /** Epoch milliseconds. */
  readonly ts: number
  readonly sessionId: number
  readonly itemInSession: number
  /** null while the user is logged out. The level is known even then. */
  readonly person: Person | null
  readonly level: Level
  readonly page: PageName
  /** null exactly if `page` is not NextSong. */
  readonly play: Play | null
}

const PLAY_SHARE = 0.86

/** Probabilities that a session continues after each event, for short, medium and long sessions. */
const CONTINUATION = [0.5, 0.9, 0.975]

/**
 * Yields one session, which begins at `user.nextAct`. It can begin logged out, and go on after a
 * logout. Moves `nextAct` past the session, and changes the level with upgrades and downgrades.
 * `catalogue` must not be empty.
 */
export function* generateSession(
  random: Random,
  catalogue: readonly Song[],
  user: User,
  sessionId: number,
): Generator<LogEvent> {
  const continuation = random.pick(CONTINUATION)
  let loggedIn = random.chance(0.92)
  let itemInSession = 0
  do {
    const play = loggedIn && random.chance(PLAY_SHARE) ? generatePlay(random, catalogue) : null
    const page = play ? 'NextSong' : random.pick(loggedIn ? MEMBER_PAGES[user.level] : LOGGED_OUT_PAGES)
    const person = loggedIn ? user.person : null
    yield { ts: user.nextAct, sessionId, itemInSession, person, level: user.level, page, play }
    if (page === 'Login' || page === 'Logout') loggedIn = page === 'Login'
    user.level = levelAfter(page, user.level)
    user.nextAct += secondsSpent(random, play) * SECOND_MS
    itemInSession += 1
  } while (random.chance(continuation))
}

function levelAfter(page: PageName, level: Level): Level {
  if (page === 'Submit Upgrade') return 'paid'
  return page === 'Submit Downgrade' ? 'free' : level
}

function secondsSpent(random: Random, play: Play | null): number {
  return play ? Math.floor(play.length) : random.int(1, 60)
}
