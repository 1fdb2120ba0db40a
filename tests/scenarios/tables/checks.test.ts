// Checks can be new, stricter, failing or warning. A table version records which checks its rows
// have passed.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document, outcomes } from '../../support/programs/run-events.ts'
import { PLACES } from '../../support/projects/built-project.ts'

/** `amounts` follows `payments`, and `total` reads `amounts`. */
const config = (checks: string, amount = 'int()') => `
import { byKey, defineAsset, defineConfig, defineSource, int, references, sqlCheck, text } from 'lake'

const payments = defineSource({ key: 'payments', columns: { id: text(), amount: int() } })
const amounts = defineAsset({
  key: 'amounts',
  columns: { id: text(), amount: ${amount} },
  primaryKey: ['id'],
  incremental: byKey('id'),
  upstream: { payments },
  checks: [${checks}],
  query: ({ db }) => db.selectFrom('payments').select(['id', 'amount']),
})
const copies = defineAsset({
  key: 'copies',
  columns: { id: text(), amount: int() },
  upstream: { amounts },
  query: ({ db }) => db.selectFrom('amounts').select(['id', 'amount']),
})

export default defineConfig({ assets: [payments, amounts, copies], profiles: { default: { lake: 'tables', input: 'input' } } })
`
const FEW = "sqlCheck('few', 'amount < 100')"
const NONE_IS_5 = "sqlCheck('none is 5', 'amount <> 5')"
const WARNING = "sqlCheck('small', 'amount < 10', { severity: 'warn' })"
const line = (id: string, amount: number) => `${JSON.stringify({ id, amount })}\n`

let directory = ''
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
const declare = (...args: Parameters<typeof config>) =>
  writeFileSync(join(directory, 'config/lake.config.ts'), config(...args))
const amounts = () => document(at('status', '--json')).assets.find((asset: { key: string }) => asset.key === 'amounts')

beforeEach(() => {
  directory = temporaryDirectory()
  writeFiles(directory, {
    'config/lake.config.ts': config(FEW),
    'input/payments/a.json': line('a', 5) + line('b', 50),
  })
  expect(at('materialize').status).toBe(0)
})

describe('a new check', () => {
  it('leaves the table fresh but unchecked; materialize runs only the checks, and nothing downstream', () => {
    declare(`${FEW}, sqlCheck('some', 'amount > 0')`)
    expect(amounts()).toMatchObject({ state: 'fresh', causes: [], checks: [], unchecked: ['some: amount > 0'] })
    expect(at('status').stdout).toContain('not checked yet: some: amount > 0')
    expect(at('show', 'amounts').stdout).toContain('not checked yet: some: amount > 0')
    const plan = at('plan', '--json')
    expect(plan.status).toBe(0)
    expect(document(plan).steps).toMatchObject([
      { asset: 'amounts', mode: 'check', causes: [{ kind: 'checks-changed', checks: ['some: amount > 0'] }] },
    ])
    expect(at('plan').stdout).toContain('its rows have not passed: some: amount > 0')
    const run = at('materialize', '--json')
    expect(run.status).toBe(0)
    expect(outcomes(run)).toEqual({ payments: 'fresh', amounts: 'unchanged', copies: 'fresh' })
    expect(amounts()).toMatchObject({ state: 'fresh', version: 1, rows: 2, unchecked: [] })
    expect(document(at('plan', '--json'))).toEqual({ steps: [] })
    expect(document(at('history', 'amounts', '--json')).versions[0]).toMatchObject({ filesAdded: 0, filesRemoved: 0 })
    expect(at('verify').status).toBe(0)
  })

  it.each([
    ['a check', `${FEW}, ${NONE_IS_5}`, 'int()', 'none is 5'],
    ['a refinement', FEW, 'int().min(6)', 'amount >= 6'],
  ])('makes the table fail until the rows are fixed, if its current rows fail it: %s', (_, checks, amount, check) => {
    declare(checks, amount)
    const run = at('materialize', '--json')
    expect(run.status).toBe(1)
    expect(outcomes(run)).toMatchObject({ amounts: 'failed' })
    const failed = { state: 'failed', version: 0, failure: { error: { code: 'check-failed' } } }
    expect(amounts()).toMatchObject(failed)
    for (const command of ['status', 'show']) {
      const { stdout } = at(command, ...(command === 'show' ? ['amounts'] : []))
      expect(stdout).toContain(`the check "${check}" fails for 1 row`)
    }
    expect(at('materialize').status).toBe(1)
    expect(amounts()).toMatchObject(failed)
    writeFiles(directory, { 'input/payments/a.json': line('a', 7) + line('b', 50) })
    expect(at('materialize').status).toBe(0)
    expect(amounts()).toMatchObject({ state: 'fresh', failure: null, unchecked: [], checks: [] })
  })

  it('leaves nothing behind if it is removed again; removing a check makes no step', () => {
    declare(`${FEW}, ${NONE_IS_5}`)
    expect(at('materialize').status).toBe(1)
    declare(FEW)
    expect(amounts()).toMatchObject({ state: 'fresh', failure: null, unchecked: [] })
    declare('')
    expect(document(at('plan', '--json'))).toEqual({ steps: [] })
    expect(amounts()).toMatchObject({ state: 'fresh', unchecked: [] })
  })
})

it('a table that fails a check in a rebuild with --full has the state failed, although its rows are fresh', () => {
  declare(NONE_IS_5)
  expect(at('materialize', 'amounts', '--full').status).toBe(1)
  expect(amounts()).toMatchObject({ state: 'failed', causes: [], failure: { error: { code: 'check-failed' } } })
  expect(at('status').stdout).toMatch(/amounts +failed .*none is 5/)
})

describe('a warning', () => {
  it('is in status and show until its rows are removed, even after increments', () => {
    declare(WARNING)
    expect(at('materialize').status).toBe(0)
    const warned = (rows: number) => ({ state: 'fresh', checks: [{ check: 'small', severity: 'warn', rows }] })
    expect(amounts()).toMatchObject(warned(1))
    expect(at('status').stdout).toContain('warning: the check "small" fails for 1 row')
    expect(at('show', 'amounts').stdout).toContain('warning: the check "small" fails for 1 row')
    writeFiles(directory, { 'input/payments/b.json': line('c', 70) })
    expect(at('materialize').status).toBe(0)
    expect(amounts()).toMatchObject(warned(2))
    writeFiles(directory, { 'input/payments/a.json': line('a', 5), 'input/payments/b.json': line('c', 7) })
    expect(at('materialize', '--full').status).toBe(0)
    expect(amounts()).toMatchObject({ state: 'fresh', checks: [] })
  })
})

describe('lake check', () => {
  it('runs the declared checks over the current rows, publishes nothing, and stores its results', () => {
    declare(`${NONE_IS_5}, ${WARNING}`)
    const checked = at('check', '--json')
    expect(checked.status).toBe(1)
    expect(document(checked).assets).toMatchObject([
      {
        ...{ key: 'amounts', version: 0, result: 'failed' },
        checks: [
          { check: 'none is 5', severity: 'error', rows: 1, sample: [{ id: 'a', amount: 5 }] },
          { check: 'small', severity: 'warn', rows: 1, sample: [{ id: 'b', amount: 50 }] },
        ],
      },
      { key: 'copies', result: 'passed', checks: [] },
    ])
    expect(amounts()).toMatchObject({
      ...{ state: 'failed', version: 0, unchecked: [] },
      checks: [
        { check: 'none is 5', rows: 1 },
        { check: 'small', rows: 1 },
      ],
    })
    declare(WARNING)
    const text = at('check', 'amounts')
    expect(text).toMatchObject({ status: 0, stderr: '' })
    expect(text.stdout).toMatch(
      /amounts {2}warned {2}2 checks over version 0[\s\S]*"small" fails for 1 row[\s\S]*1 asset: 1 warned\./,
    )
    expect(amounts()).toMatchObject({ state: 'fresh', checks: [{ check: 'small', severity: 'warn' }], unchecked: [] })
  })

  it('leaves out assets that have not been built, and refuses keys of no asset', () => {
    const empty = lake(['check', '--lake', 'nowhere', '--input', 'input'], { cwd: directory })
    expect(empty).toMatchObject({ status: 0, stdout: expect.stringContaining('Nothing to check') })
    expect(at('check', 'amountz').status).toBe(2)
  })
})
