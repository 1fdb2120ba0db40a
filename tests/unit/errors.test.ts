// Errors that are not bugs: copies with some parts replaced, and several errors as one.
import { describe, expect, it } from 'vitest'
import { asOneError, type ErrorParts, LakeError } from '../../framework/errors.ts'

const PARTS = {
  problem: 'the rows of songs could not be read',
  remedy: 'Run again.',
  asset: 'songs',
  details: { file: 'a.json' },
  cause: new Error('EIO'),
  transient: true,
} satisfies ErrorParts

describe('a copy of an error', () => {
  it('keeps every part that the caller does not replace, and makes the message anew', () => {
    const copy = new LakeError('storage', PARTS).with({ problem: 'songs failed' })
    expect(copy).toMatchObject({ ...PARTS, code: 'storage', problem: 'songs failed' })
    expect(copy.message).toBe('songs failed. Run again.')
  })

  it('can leave out a part', () => {
    const copy = new LakeError('storage', PARTS).with({ remedy: undefined })
    expect(copy.remedy).toBeUndefined()
    expect(copy.message).toBe('the rows of songs could not be read')
  })
})

describe('several errors that become one error', () => {
  const other = new LakeError('config', { problem: 'plays is no table', remedy: 'Declare it.', asset: 'plays' })

  it('have all problems, and then all remedies, each of them once', () => {
    const first = new LakeError('storage', PARTS)
    const one = asOneError([
      first,
      other,
      new LakeError('config', { problem: 'users is no table', remedy: 'Run again.' }),
    ])
    expect(one?.message).toBe(
      'the rows of songs could not be read\nplays is no table\nusers is no table. Run again.\nDeclare it.',
    )
  })

  it('have the code, the asset and the details of the first error', () => {
    const first = new LakeError('storage', PARTS)
    const { asset, details } = PARTS
    expect(asOneError([first, other])).toMatchObject({ code: 'storage', asset, details, cause: first })
  })

  it('are transient only if each of them is', () => {
    const first = new LakeError('storage', PARTS)
    expect(asOneError([first, first])?.transient).toBe(true)
    expect(asOneError([first, other])?.transient).toBe(false)
  })

  it('are unchanged if there is only one; no errors give no error', () => {
    expect(asOneError([other])).toBe(other)
    expect(asOneError([])).toBeUndefined()
  })
})
