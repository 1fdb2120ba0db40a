// What a screen says about text that it hides.
import { expect, it } from 'vitest'
import { hiddenLines } from '../../../framework/tui/columns-of-lines.ts'

it('a screen says how many lines are above and below', () => {
  expect(hiddenLines(0, 0)).toBe('')
  expect(hiddenLines(0, 1)).toBe('1 line below')
  expect(hiddenLines(3, 1_237)).toBe('3 lines above, 1,234 below')
  expect(hiddenLines(9, 7)).toBe('7 lines above')
})
