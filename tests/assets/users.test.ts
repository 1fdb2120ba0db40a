// The rules of the users table, on a few plays.
import { testAsset } from 'lake'
import { describe, expect, it } from 'vitest'
import { users } from '../../assets/users.ts'
import { play } from './rows.ts'

describe('users', () => {
  it('has one row for each user who played a song, and no other users', async () => {
    const plays = [
      play({ firstName: 'Lily', lastName: 'Koch', gender: 'F' }),
      play({ userId: '', itemInSession: 6n }),
      play({ userId: '16', page: 'Home', itemInSession: 7n }),
    ]
    expect(await testAsset(users, { plays })).toEqual([
      { user_id: '15', first_name: 'Lily', last_name: 'Koch', gender: 'F', level: 'paid' },
    ])
  })

  it.each([
    ['time', { ts: 2n }],
    ['session', { sessionId: 819n }],
    ['item in the session', { itemInSession: 6n }],
  ])('shows a user as in the play with the latest %s', async (_, later) => {
    const plays = [play({ ts: 1n, ...later, level: 'free', firstName: null }), play({ ts: 1n, firstName: 'Lily' })]
    expect(await testAsset(users, { plays })).toMatchObject([{ level: 'free', first_name: null }])
    expect(await testAsset(users, { plays: plays.toReversed() })).toMatchObject([{ level: 'free', first_name: null }])
  })

  it('shows a level that has changed back', async () => {
    const levels = ['paid', 'free', 'paid']
    const plays = levels.map((level, index) => play({ ts: BigInt(index), level }))
    expect(await testAsset(users, { plays })).toMatchObject([{ level: 'paid' }])
  })
})
