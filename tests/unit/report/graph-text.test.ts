// What `lake graph` prints in each format.
import { describe, expect, it } from 'vitest'
import { graphDocument, graphDot, graphMermaid, graphText } from '../../../framework/report/graph-text.ts'
import { lines, page, sampleGraph } from './sample.ts'

describe('the graph as text', () => {
  it('is a tree with every asset once and every edge once', () => {
    expect(lines(graphText(sampleGraph(), page()))).toMatchInlineSnapshot(`
      [
        "catalog",
        "└─ songs",
        "   └─ titles",
        "      └─ plays  also reads events  checked against songs",
        "events",
      ]
    `)
  })

  it('can be printed for Mermaid, Graphviz and programs', () => {
    expect(lines(graphMermaid(sampleGraph()))).toMatchInlineSnapshot(`
      [
        "flowchart LR",
        "  asset_catalog[("catalog")]",
        "  asset_events[("events")]",
        "  asset_songs["songs"]",
        "  asset_titles["titles"]",
        "  asset_plays["plays"]",
        "  asset_catalog --> asset_songs",
        "  asset_events --> asset_plays",
        "  asset_songs --> asset_titles",
        "  asset_songs --> asset_plays",
        "  asset_titles --> asset_plays",
      ]
    `)
    expect(lines(graphDot(sampleGraph()))).toMatchInlineSnapshot(`
      [
        "digraph lake {",
        "  rankdir=LR",
        "  node [shape=box]",
        "  "catalog" [shape=cylinder]",
        "  "events" [shape=cylinder]",
        "  "songs"",
        "  "titles"",
        "  "plays"",
        "  "catalog" -> "songs"",
        "  "events" -> "plays"",
        "  "songs" -> "titles"",
        "  "songs" -> "plays"",
        "  "titles" -> "plays"",
        "}",
      ]
    `)
    expect(graphDocument(sampleGraph()).nodes.at(-1)).toEqual({ key: 'plays', kind: 'table', tags: ['fact'] })
    expect(graphDocument(sampleGraph()).edges).toContainEqual({ from: 'songs', to: 'plays' })
  })
})
