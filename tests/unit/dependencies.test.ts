/**
 * Every package that `npm ci` installs is the locked one, and has a licence that allows its use in
 * a product.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
  readonly link?: boolean
}

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
const locked: readonly (readonly [string, LockedPackage])[] = Object.entries(
  read('package-lock.json').packages as Readonly<Record<string, LockedPackage>>,
).filter(([path]) => path !== '')

const LICENCES = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'MPL-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
]

/** One licence of `(MIT OR CC0-1.0)` is sufficient. Both licences of `MIT AND ISC` are needed. */
const isKnown = (licence: string) =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((option) => option.split(' AND ').every((name) => LICENCES.includes(name)))

it('licences are compared as complete expressions', () => {
  const known = ['MIT', '(MIT OR GPL-3.0-only)', 'MIT AND ISC']
  expect([...known, 'GPL-3.0-only', 'MIT AND GPL-3.0-only', 'SEE LICENSE IN LICENSE', ''].filter(isKnown)).toEqual(
    known,
  )
})

it('each package in the lock file has a hash, so that a registry cannot replace it', () => {
  expect(locked.length).toBeGreaterThan(100)
  const bare = locked.filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
  expect(bare.map(([path]) => path)).toEqual([])
})

it('each package has an exact version, and no package is a link', () => {
  const loose = locked.filter(([, { version = '', link }]) => link || !/^\d+\.\d+\.\d+/.test(version))
  expect(loose.map(([path]) => path)).toEqual([])
})

it('each installed package has a known licence', () => {
  const licenceOf = ([path, { license }]: (typeof locked)[number]): string =>
    license ?? String(read(join(path, 'package.json')).license)
  const installed = locked.filter(([path, { license }]) => license || existsSync(join(ROOT, path, 'package.json')))
  const others = installed.filter((one) => !isKnown(licenceOf(one)))
  expect(others.map((one) => `${one[0]}: ${licenceOf(one)}`)).toEqual([])
})
