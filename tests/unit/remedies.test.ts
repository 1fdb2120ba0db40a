// Which errors have to say what to do next.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const FRAMEWORK = resolve(import.meta.dirname, '../../framework')
const CODES = ['storage', 'config', 'corrupt-table', 'source-missing', 'source-changed', 'held']

/** The texts of the calls that make errors with one of these codes. */
function madeIn(file: string): readonly string[] {
  const text = readFileSync(join(FRAMEWORK, file), 'utf8')
  return [...text.matchAll(/new LakeError\('([a-z-]+)', /g)].flatMap(({ 1: code = '', index }) =>
    CODES.includes(code) ? [text.slice(index, endOfCall(text, index))] : [],
  )
}

function endOfCall(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '(') depth += 1
    if (text[at] === ')' && --depth === 0) return at
  }
  return text.length
}

it('errors with these codes say what to do, or take that from the failure that they explain', () => {
  const files = readdirSync(FRAMEWORK, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
  const made = files.flatMap((file) => madeIn(file).map((call) => ({ file, call })))
  expect(made.length).toBeGreaterThan(50)
  expect(made.filter(({ call }) => !/\bremedy\b|\.\.\.(rest|explain)\b/.test(call))).toEqual([])
})
