/** The registry and the builder have the same names. */
import { describe, expect, it } from 'vitest'
import { FUNCTION_GROUPS, FUNCTIONS } from '../../../framework/expression/functions/registry.ts'
import {
  AGGREGATE_FUNCTIONS,
  FUNCTION_NAMES,
  SCALAR_FUNCTIONS,
  SERIES_FUNCTIONS,
  WINDOW_FUNCTIONS,
} from '../../../framework/query/builder/function-names.ts'
import { functionFor } from '../../../framework/query/reader/function-names.ts'

const kindOf = (name: string) => functionFor(`lake:${name}`).kind

describe('the registry of functions', () => {
  it('has each name once', () => {
    expect(Object.values(FUNCTION_GROUPS).flat()).toHaveLength(FUNCTIONS.size)
  })

  it('has a function for every name of the builder', () => {
    for (const name of FUNCTION_NAMES) expect(() => functionFor(`lake:${name}`), name).not.toThrow()
  })

  it('has no function that the builder does not know', () => {
    const functions = [...FUNCTIONS.values()].filter(({ kind }) => kind !== 'operator').map(({ name }) => name)
    expect(functions.filter((name) => !FUNCTION_NAMES.includes(name as never))).toEqual([])
  })

  it('has functions of the kinds that the builder makes', () => {
    for (const name of Object.keys(AGGREGATE_FUNCTIONS)) expect(kindOf(name), name).toBe('aggregate')
    for (const name of Object.keys(WINDOW_FUNCTIONS)) expect(kindOf(name), name).toBe('window')
    for (const name of Object.keys(SERIES_FUNCTIONS)) expect(kindOf(name), name).toBe('series')
    for (const name of Object.keys(SCALAR_FUNCTIONS)) {
      expect(['scalar', 'operator'], name).toContain(kindOf(name))
    }
  })

  it('declares a constant where the builder makes a constant from a string', () => {
    for (const [name, kinds] of Object.entries({ ...SCALAR_FUNCTIONS, ...AGGREGATE_FUNCTIONS })) {
      functionFor(`lake:${name}`).parameters.forEach((parameter, index) => {
        const kind = (kinds as readonly string[])[Math.min(index, kinds.length - 1)]
        if (parameter.constant && parameter.kinds.includes('text'))
          expect(kind, `${name}.${parameter.name}`).toBe('constant')
      })
    }
  })
})
