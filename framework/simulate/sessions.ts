import { LOGGED_OUT_PAGES, MEMBER_PAGES, type PageName } from './pages.ts'
import { generatePlay, type Play } from './plays.ts'
import type { Random } from './random.ts'
import type { Song } from './songs.ts'
import { type Level, type Person, SECOND_MS, type User } from './users.ts'

/** Something that one user does. */
export interface LogEvent {
  /** Epoch milliseconds. */
  readonly ts: number
  readonly sessionId: number
  readonly itemInSession: number
  /** Null while they are logged out; their level is known even then. */
  readonly person: Person | null
  readonly level: Level
  readonly page: PageName
  /** Null exactly when `page` is not NextSong. */
  readonly play: Play | null
}

const PLAY_SHARE = 0.86

/** The chances that a session goes on after each event: glances, visits and long evenings. */
const LASTING = [0.5, 0.9, 0.975]

/**
 * One session of `user`, from their next act on. It may begin logged out, and go on after a logout. Moves the user's next act past the
 * session, and their level as they upgrade and downgrade. `catalogue` must not be empty.
 */
export function* generateSession(
  random: Random,
  catalogue: readonly Song[],
  user: User,
  sessionId: number,
): Generator<LogEvent> {
  const lasting = random.pick(LASTING)
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
  } while (random.chance(lasting))
}

function levelAfter(page: PageName, level: Level): Level {
  if (page === 'Submit Upgrade') return 'paid'
  return page === 'Submit Downgrade' ? 'free' : level
}

function secondsSpent(random: Random, play: Play | null): number {
  return play ? Math.floor(play.length) : random.int(1, 60)
}
