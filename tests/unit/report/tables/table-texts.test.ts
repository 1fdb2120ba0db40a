// What lake prints about one table: its page, its versions, and its refused lines.
import { describe, expect, it } from 'vitest'
import { historyText } from '../../../../framework/report/tables/history-text.ts'
import { rejectsText } from '../../../../framework/report/tables/rejects-text.ts'
import { showText } from '../../../../framework/report/tables/show-text.ts'
import { HISTORY, lines, PLAYS, page, sampleGraph, sampleStatus } from '../sample.ts'

describe('the page of an asset', () => {
  it('shows everything about a table', () => {
    expect(
      lines(showText({ graph: sampleGraph(), status: PLAYS, file: 'assets/plays.ts', history: HISTORY }, page(90))),
    ).toMatchInlineSnapshot(`
      [
        "plays  table, partitioned by month, tagged fact, declared in assets/plays.ts",
        "One row per play.",
        "",
        "state",
        "  failed, version 3, 71,000 rows, 1 partition, built 3 min ago",
        "  why: asked for with --full",
        "  failed:",
        "    plays: 3 rows are wrong",
        "      {"song":"x"}",
        "",
        "columns",
        "  column  type",
        "  song    text  nullable",
        "  month   int   partition",
        "",
        "upstream",
        "  events  reads song, at",
        "  songs   only for a check",
        "  titles  reads no column",
        "",
        "checks",
        "  month >= 1",
        "  month <= 12",
        "  song stands in songs",
        "  a play has a song: song is not null (else a warning)",
        "",
        "last versions",
        "  version  time (UTC)              age  operation       rows  run or writer",
        "        1  2026-11-23 08:12:00   3 min  WRITE         71,000  20261123T081200Z-3f9a1c",
        "        0  2026-11-20 08:12:00  3 days  CREATE TABLE          Spark",
      ]
    `)
  })

  it('shows which files a source reads and how many lines can be refused', () => {
    const status = sampleStatus().assets[3]
    if (status?.key !== 'events') throw new Error('the sample status is another')
    const text = showText({ graph: sampleGraph(), status, history: [] }, page())
    expect(text).toContain('events  source, files *.json, tagged raw')
    expect(text).toContain('12 lines refused')
    expect(text).toContain('at most 1 % of the lines are refused')
    expect(text).not.toContain('upstream')
  })
})

describe('the other texts', () => {
  it('show the versions of a table, including those that another program wrote', () => {
    expect(lines(historyText('plays', { entries: HISTORY, limit: HISTORY.length }, page(100)))).toMatchInlineSnapshot(`
      [
        "version  time (UTC)              age  operation       rows   added  removed  run or writer",
        "      1  2026-11-23 08:12:00   3 min  WRITE         71,000  +1,200       -3  20261123T081200Z-3f9a1c",
        "      0  2026-11-20 08:12:00  3 days  CREATE TABLE               ?        0  Spark",
      ]
    `)
    expect(historyText('plays', { entries: [], limit: 5 }, page())).toContain('lake materialize plays')
  })

  it('show refused lines with file, line, reason and text, cut to the width of the terminal and without control characters', () => {
    const rejects = [{ file: 'log/a.json', line: 7, reason: 'not JSON', text: `{"ts": \u001b[2J${'x'.repeat(90)}` }]
    expect(lines(rejectsText({ key: 'events', rejects, total: 30 }, page(40)))).toEqual([
      'log/a.json:7  not JSON',
      `    {"ts": ␛[2J${'x'.repeat(24)}…`,
      '',
      '30 lines of events refused; 1 shown, --limit N shows more.',
    ])
    expect(rejectsText({ key: 'events', rejects: [], total: 0 }, page())).toBe('No line of events was refused.')
  })
})
