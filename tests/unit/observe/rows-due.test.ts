/** When the rows of a source from code are due, and what its version function may do. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { bigint, defineSource } from '../../../framework/index.ts'
import { observeRows, rowsCauses, shownCursor } from '../../../framework/observe/rows/observe-rows.ts'

const declare = (options: Partial<Parameters<typeof defineSource>[0]> = {}) =>
  defineSource({ key: 'things', columns: { id: bigint() }, mode: 'append', async *rows() {}, ...options } as never).rows

const READ = { readAt: '2018-11-01T00:00:00.000Z', complete: true, version: 'a' }
const at = (time: string) => ({ at: new Date(`2018-11-01T${time}Z`), version: undefined })

describe('rows from code are due', () => {
  const messages = (options: object, state: object, observed: ReturnType<typeof at> | object) =>
    rowsCauses(rowsOf(options), { ...READ, ...state }, { ...at('00:00:01'), ...observed }).map(({ message }) => message)
  const rowsOf = (options: object) => {
    const rows = declare(options)
    if (!rows) throw new Error('no rows')
    return rows
  }

  it('as soon as the last read is as old as the declared interval', () => {
    expect(messages({ every: '15m' }, {}, at('00:14:59.999'))).toEqual([])
    expect(messages({ every: '15m' }, {}, at('00:15:00'))).toEqual([
      'last read at 2018-11-01T00:00:00.000Z, and is read every 15m',
    ])
  })

  it('if the version differs from the last one, or the last one is unknown', () => {
    expect(messages({}, {}, { version: 'a' })).toEqual([])
    expect(messages({}, {}, { version: 'b' })).toEqual(['its version changed from a to b'])
    expect(messages({}, { version: undefined }, { version: 'b' })).toEqual(['its version is b'])
  })

  it('if the last read did not come to its end, which is the only reason for a source on demand', () => {
    expect(messages({}, { complete: false }, {})).toEqual(['the last read was ended before all rows were read'])
    expect(messages({}, {}, at('23:00:00'))).toEqual([])
  })
})

describe('a version function', () => {
  const observed = async (version: unknown, more: object = {}) => {
    const rows = declare({ version, ...more } as never)
    if (!rows) throw new Error('no rows')
    return observeRows('things', rows)
  }

  it('can return a text or a number', async () => {
    expect(await observed(() => 7)).toMatchObject({ version: '7' })
    expect(await observed(async () => 'etag')).toMatchObject({ version: 'etag' })
  })

  it.each([
    [() => undefined, 'neither a number nor a text'],
    [() => 'x'.repeat(1_001), 'neither a number nor a text'],
    [
      () => Promise.reject(new Error('fetch failed', { cause: new Error('ECONNREFUSED') })),
      'fetch failed: ECONNREFUSED',
    ],
    [({ env }: { env: (name: string) => string }) => env('NO_SUCH_VARIABLE'), 'NO_SUCH_VARIABLE, which is not set'],
  ])('makes its asset fail if it fails: %s', async (version, message) => {
    await expect(observed(version)).rejects.toMatchObject({
      code: 'rows-failed',
      asset: 'things',
      message: expect.stringContaining(message),
    })
  })

  it('cannot show a secret in its error', async () => {
    process.env.RARE_SECRET = 'hunter2-hunter2'
    onTestFinished(() => void delete process.env.RARE_SECRET)
    const thrower = ({ secret }: { secret: (name: string) => string }) => {
      throw new Error(`no access with ${secret('RARE_SECRET')}`)
    }
    await expect(observed(thrower)).rejects.toThrow('no access with (redacted)')
  })
})

it('a cursor is shown without texts that look like secrets', () => {
  expect(shownCursor('{"page":2,"nextToken":"abc","at":"2018"}')).toEqual({
    ...{ page: 2, nextToken: '(redacted)', at: '2018' },
  })
})
