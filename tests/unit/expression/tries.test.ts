/** The tests of the functions call each function with every kind of argument that it declares. */
import { describe, expect, it } from 'vitest'
import type { LakeFunction } from '../../../framework/expression/function.ts'
import { FUNCTIONS } from '../../../framework/expression/functions/registry.ts'
import { callsOf, checkedTries, type FunctionCall, written } from '../../support/functions/function-calls.ts'
import { kindsOf } from '../../support/functions/function-tries.ts'

const SEED = 1
const FEW = 1

/** Calls that lake refuses, with their messages. It accepts all other calls of the tests. */
const REFUSED: Readonly<Record<string, readonly RegExp[]>> = {
  like: [/^the escape "é" is not one character of ASCII/],
  matches: [/class that begins with \]/],
  regexp_extract: [/class that begins with \]/, /it has no group [12]$/],
  regexp_replace: [/class that begins with \]/, /it can match no characters/],
  truncate: [/no unit "(hour|minute|second)" for a date$/],
  add_to: [/no unit "(hour|minute|second)" for a date$/],
  difference: [/no unit "(hour|minute|second)" for a date$/],
  series: [
    /no unit "(hour|minute|second|)" for a date$/,
    /^series has no unit ""$/,
    /has a step that is no whole number of 1 or more$/,
  ],
  coalesce: [/takes arguments of one type/],
  array: [/takes arguments of one type/],
  array_concat: [/takes arguments of one type/],
  array_contains: [/^fn\.arrayContains looks for \S+ in an array of \S+$/],
  array_join: [/^fn\.arrayJoin joins texts, not/, /but u is text$/],
  split: [/^an empty separator$/, /but u is text$/],
  map_from_entries: [/^fn\.mapFromEntries takes structs of key and value, not struct/],
  map_element: [/^the keys of the map are \S+, not \S+$/],
  map_contains: [/^the keys of the map are \S+, not \S+$/],
  field: [/^the struct has no field x$/],
  string_agg: [/takes a constant of type text for its separator, but u is text$/],
}

/** `index kind` for each argument that is a column, and `index` for each constant. */
const triedBy = ({ args }: FunctionCall): readonly string[] =>
  args.flatMap((argument, index) =>
    typeof argument === 'string' ? kindsOf(argument).map((kind) => `${index} ${kind}`) : [String(index)],
  )

const declared = ({ parameters }: LakeFunction): readonly string[] =>
  parameters.flatMap(({ kinds, constant }, index) =>
    constant ? [String(index)] : kinds.map((kind) => `${index} ${kind}`),
  )

describe.each([...FUNCTIONS.values()].map((called) => [called.name, called] as const))(
  'the calls of %s',
  (name, called) => {
    it('have every kind of argument that each parameter declares', () => {
      const tried = new Set(callsOf(called, { first: FEW, others: FEW }, SEED).flatMap(triedBy))
      expect(declared(called).filter((argument) => !tried.has(argument))).toEqual([])
    })

    it('are accepted, or refused with a known message', () => {
      const known = REFUSED[name] ?? []
      const refused = checkedTries(called).filter(({ refused }) => refused !== undefined)
      const unknown = refused.filter(({ refused = '' }) => !known.some((message) => message.test(refused)))
      expect(unknown.map(({ args, refused }) => `${written({ called, args, shape: 'row' })}: ${refused}`)).toEqual([])
      for (const message of known)
        expect(
          refused.some(({ refused = '' }) => message.test(refused)),
          String(message),
        ).toBe(true)
    })
  },
)

it('the list of refusals names only functions that exist', () => {
  expect(Object.keys(REFUSED).filter((name) => !FUNCTIONS.has(name))).toEqual([])
})
