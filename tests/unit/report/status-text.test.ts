// What `lake status` prints as text.
import { describe, expect, it } from 'vitest'
import { statusText } from '../../../framework/report/status-text.ts'
import { lines, page, sampleStatus } from './sample.ts'

describe('the status as a table', () => {
  it('gives each asset its state and the reason for it', () => {
    expect(lines(statusText(sampleStatus(), page(100)))).toMatchInlineSnapshot(`
      [
        "s3://lake",
        "asset    state      rows  rejected  partitions  version    age  reason",
        "catalog  fresh    71,000                     1        3  3 min",
        "songs    stale    71,000                     1        3  3 min  changed: the query +1 more",
        "titles   missing       -                     -        -      -  not built yet",
        "events   fresh     8,056        12           1       12  3 min",
        "plays    failed   71,000                     1        3  3 min  plays: 3 rows are wrong",
        "",
        "5 assets: 2 fresh, 1 stale, 1 missing, 1 failed",
        "\`lake rejects events\` lists the lines of events that were refused.",
        "\`lake run 20261123T081200Z-3f9a1c\` shows why plays failed.",
        "\`lake materialize\` brings everything up to date; \`lake plan\` shows what it would do.",
      ]
    `)
  })

  it('leaves room for the reasons even in a narrow terminal', () => {
    expect(lines(statusText(sampleStatus(), page(64)))).toMatchInlineSnapshot(`
      [
        "s3://lake",
        "asset    state      rows  version    age  reason",
        "catalog  fresh    71,000        3  3 min",
        "songs    stale    71,000        3  3 min  changed: the query +1",
        "                                          more",
        "titles   missing       -        -      -  not built yet",
        "events   fresh     8,056       12  3 min",
        "plays    failed   71,000        3  3 min  plays: 3 rows are",
        "                                          wrong",
        "",
        "5 assets: 2 fresh, 1 stale, 1 missing, 1 failed",
        "\`lake rejects events\` lists the lines of events that were refused.",
        "\`lake run 20261123T081200Z-3f9a1c\` shows why plays failed.",
        "\`lake materialize\` brings everything up to date; \`lake plan\` shows what it would do.",
      ]
    `)
  })

  it('says where assets are being built, for how long, and at what estimated cost so far', () => {
    const [catalog, songs] = sampleStatus().assets
    if (!catalog || !songs) throw new Error('the sample is another')
    const job = { where: 'step s-1 on cluster j-1', since: '2026-11-23T08:03:00Z' }
    const assets = [
      { ...catalog, state: 'running' as const, job: { ...job, cost: 'about $0.42 (estimate)' } },
      { ...songs, state: 'running' as const, job },
    ]
    expect(lines(statusText({ lake: 's3://lake', assets }, page(140))).slice(2, 4)).toEqual([
      'catalog  running  71,000           1        3  3 min  being built, 12 min, about $0.42 (estimate): step s-1 on cluster j-1',
      'songs    running  71,000           1        3  3 min  being built, 12 min: step s-1 on cluster j-1',
    ])
  })

  it('ends without advice if everything is fresh and no line was refused', () => {
    const assets = sampleStatus().assets.filter(({ state, rejected }) => state === 'fresh' && rejected === 0)
    expect(lines(statusText({ lake: 's3://lake', assets }, page())).at(-1)).toBe('1 asset: 1 fresh')
  })

  it('shows which files of a fresh source are ignored', () => {
    const [source] = sampleStatus().assets
    const assets = source
      ? [{ ...source, warnings: ['1 file is not read: the name does not match *.json (f.gz)'] }]
      : []
    expect(lines(statusText({ lake: 's3://lake', assets }, page(120)))[2]).toContain('1 file is not read')
  })
})
