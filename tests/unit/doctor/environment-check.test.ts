/**
 * `lake doctor` names the environment variables that hooks and lineage need and that are not set.
 */
import { expect, it } from 'vitest'
import { env } from '../../../framework/declare/runs/environment.ts'
import { webhook } from '../../../framework/declare/runs/hooks.ts'
import { openLineage } from '../../../framework/declare/runs/lineage.ts'
import { environmentCheck } from '../../../framework/doctor/environment-check.ts'

const config = {
  hooks: [webhook({ url: env('CHAT_URL'), headers: { authorization: env('TOKEN') } })],
  lineage: openLineage({ url: env('CHAT_URL') }),
}

it('doctor names each variable once, and never its value', () => {
  expect(environmentCheck(config, { CHAT_URL: 'https://secret', TOKEN: 'secret' })).toEqual([
    { name: 'environment', status: 'ok', found: 'CHAT_URL, TOKEN: set', remedy: null },
  ])
})

it('doctor warns of a variable that is missing or empty', () => {
  expect(environmentCheck(config, { CHAT_URL: '', TOKEN: 'secret' })).toMatchObject([
    { status: 'warning', found: 'CHAT_URL: not set' },
  ])
})

it('doctor warns of a value that is no URL, and never shows it', () => {
  expect(environmentCheck(config, { CHAT_URL: 'secret', TOKEN: 'secret' })).toMatchObject([
    { status: 'warning', found: 'CHAT_URL: not a URL of http: or https:' },
  ])
  expect(environmentCheck({ hooks: [webhook({ url: 'ftp://chat' })] }, {})).toMatchObject([
    { status: 'warning', found: 'a url of the config: not a URL of http: or https:' },
  ])
})

it('doctor checks nothing if the config reads no variable', () => {
  expect(environmentCheck({ hooks: [webhook({ url: 'https://chat' })] }, {})).toEqual([])
})
