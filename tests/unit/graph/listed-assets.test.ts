// Which exports of a config lake takes as assets, and which it refuses.
import { bigint, defineSource } from 'lake'
import { expect, it } from 'vitest'
import { listedAssets } from '../../../framework/graph/listed-assets.ts'

const events = defineSource({ key: 'events', columns: { id: bigint() } })
const named = (declared: object) => listedAssets(declared).problems.map(({ asset, message }) => `${asset}: ${message}`)

it('a module can export functions and plain values as well as assets', () => {
  const declared = { events, shared: () => 1, TYPES: { id: bigint() }, names: ['a'], version: 3 }
  expect(listedAssets(declared)).toEqual({ assets: [events], problems: [] })
})

it('an undefined export is a mistake, and the error names it', () => {
  expect(named({ events, songs: undefined })).toEqual(['songs: it is undefined, not an asset'])
  expect(named({ events, songs: null })).toEqual(['songs: it is null, not an asset'])
})

it('a group of assets or a promise is a mistake, and is not skipped', () => {
  expect(named({ events, group: { events } })).toEqual(['group: it is not an asset, but contains some'])
  expect(named({ events, group: [events] })).toEqual(['group: it is not an asset, but contains some'])
  expect(named({ late: Promise.resolve(events) })).toEqual(['late: it is a promise, not an asset'])
})

it('every item of a list that is not an asset is a mistake', () => {
  // biome-ignore lint/suspicious/noSparseArray: a comma too many makes one
  expect(named([events, undefined, , 'songs', () => events, [events]])).toEqual([
    'assets[1]: it is undefined, not an asset',
    'assets[2]: it is undefined, not an asset',
    'assets[3]: it is not an asset, but a string',
    'assets[4]: it is not an asset, but a function',
    'assets[5]: it is not an asset, but contains some',
  ])
})
