// The commands that a message suggests act on the same lake as the command that prints the message.
import { describe, expect, it } from 'vitest'
import { COMMAND_NAMES } from '../../../framework/cli/commands/command-table.ts'
import { absoluteFlags, globalArguments, suggesting, suggestingIn } from '../../../framework/cli/same-lake.ts'

const flags = { profile: 'demo', lake: "it's here", source: ['logs=s3://b/l'] }
const suggest = suggesting(flags, COMMAND_NAMES)
const GIVEN = `--profile demo --lake 'it'\\''s here' --source logs=s3://b/l`

describe('a suggested command', () => {
  it.each([
    ['`lake materialize` brings everything up to date', `\`lake ${GIVEN} materialize\` brings everything up to date`],
    ['run lake materialize +songs --full.', `run lake ${GIVEN} materialize +songs --full.`],
    ['lake run ID shows it', `lake ${GIVEN} run ID shows it`],
    ['cluster: lake show songs', `cluster: lake ${GIVEN} show songs`],
  ])('gets the flags with which the user named the lake: %s', (text, expected) => {
    expect(suggest(text)).toBe(expected)
  })

  it.each([
    'the lake runs on S3',
    'the lake run by run',
    'lake RUN/session/1',
    'a data-lake query',
    '/srv/lake status',
    'the cluster lake 2026-R could not be made',
    'lake runner',
    'lake show/1',
  ])('is not mistaken for other text: %s', (text) => {
    expect(suggest(text)).toBe(text)
  })

  it('is unchanged if the user gave no flag', () => {
    expect(suggesting({}, COMMAND_NAMES)('run lake plan')).toBe('run lake plan')
  })

  it('is completed in the message and the remedy of an error, and nowhere else', () => {
    const error = {
      code: 'usage',
      message: 'run lake plan',
      remedy: 'lake plan',
      details: [{ text: 'lake plan' }],
    } as const
    const short = suggesting({ profile: 'p' }, COMMAND_NAMES)
    expect(suggestingIn(short, error)).toEqual({
      ...error,
      message: 'run lake --profile p plan',
      remedy: 'lake --profile p plan',
    })
  })
})

it('flags for another directory name the same locations', () => {
  const given = { config: 'c.ts', lake: 'tables', input: 's3://b/in', source: ['a=in/a', 'b=s3://b/b'], profile: 'p' }
  expect(globalArguments(absoluteFlags(given, '/srv/x'))).toEqual([
    ...['--config', '/srv/x/c.ts', '--profile', 'p', '--lake', '/srv/x/tables', '--input', 's3://b/in'],
    ...['--source', 'a=/srv/x/in/a', '--source', 'b=s3://b/b'],
  ])
})
