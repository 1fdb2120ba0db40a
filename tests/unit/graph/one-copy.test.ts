/** lake refuses a second copy of the framework in one process. */
import { expect, it } from 'vitest'
import { loadOnce } from '../../../framework/declare/one-copy.ts'

it('the same copy can be loaded as often as a test runner does', () => {
  const realm = {}
  for (const url of ['file:///a/lake/index.js', 'file:///a/lake/index.js?v=2', 'file:///a/lake/index.js#again']) {
    expect(() => loadOnce(url, realm)).not.toThrow()
  }
})

it('another copy is refused each time, and the error names both files', () => {
  const realm = {}
  loadOnce('file:///a/lake/index.js', realm)
  for (const _ of [1, 2]) {
    expect(() => loadOnce('file:///b/lake/index.js', realm)).toThrow(
      /two copies of lake are loaded in one process: \/a\/lake\/index\.js and \/b\/lake\/index\.js/,
    )
  }
})
