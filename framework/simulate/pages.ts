/** Lists the pages of the simulated service and how often users see them. */
import type { Level } from './users.ts'

const SEEN = { method: 'GET', status: 200 } as const
const SUBMITTED = { method: 'PUT', status: 307 } as const

/** The thirteen pages of the log, with the method and the status of their requests. */
export const REQUESTS = {
  NextSong: { method: 'PUT', status: 200 },
  Home: SEEN,
  Settings: SEEN,
  Help: SEEN,
  About: SEEN,
  Upgrade: SEEN,
  Downgrade: SEEN,
  Login: SUBMITTED,
  Logout: SUBMITTED,
  'Save Settings': SUBMITTED,
  'Submit Upgrade': SUBMITTED,
  'Submit Downgrade': SUBMITTED,
  Error: { method: 'GET', status: 404 },
} as const

export type PageName = keyof typeof REQUESTS

type Weights = Partial<Record<PageName, number>>

const MEMBER_WEIGHTS: Weights = { Home: 64, Logout: 9, Settings: 6, Help: 4, About: 2, 'Save Settings': 1, Error: 1 }

/** The pages that a user sees between plays. A page occurs as often as it is likely. */
export const MEMBER_PAGES: Record<Level, readonly PageName[]> = {
  free: weighted({ ...MEMBER_WEIGHTS, Upgrade: 4, 'Submit Upgrade': 1 }),
  paid: weighted({ ...MEMBER_WEIGHTS, Downgrade: 5, 'Submit Downgrade': 1 }),
}

/** The pages that a logged-out user sees. A page occurs as often as it is likely. */
export const LOGGED_OUT_PAGES: readonly PageName[] = weighted({ Home: 12, Login: 6, About: 1, Help: 1 })

function weighted(weights: Weights): readonly PageName[] {
  return Object.entries(weights).flatMap(([page, weight]) => new Array<PageName>(weight).fill(page as PageName))
}
