// How keys and readings change the status screen.
import { describe, expect, it } from 'vitest'
import { foldRun } from '../../../../framework/report/run/run-view.ts'
import type { AssetFacts } from '../../../../framework/report/tables/asset-facts.ts'
import { keyPresses } from '../../../../framework/tui/key-press.ts'
import { foldStatus } from '../../../../framework/tui/status/model/fold-status.ts'
import { panesOf } from '../../../../framework/tui/status/model/panes.ts'
import type { StatusEvent, StatusModel } from '../../../../framework/tui/status/model/status-model.ts'
import { EVENTS_OF_A_RUN, RUN, sampleStatus } from '../../report/sample.ts'
import { keys, mouse, sampleReading, screenAfter } from './sample-reading.ts'

const SIZE = { width: 80, height: 23 }
const screen = (...events: readonly StatusEvent[]) => screenAfter(SIZE, ...events)
const running = foldRun(EVENTS_OF_A_RUN.slice(0, 3))
if (!running) throw new Error('the sample run is empty')

describe('keys on the status screen', () => {
  it('move the selection in the order of the drawing, but not beyond the first and last asset', () => {
    expect(screen().model).toMatchObject({
      shown: ['catalog', 'songs', 'titles', 'events', 'plays'],
      selected: 'catalog',
    })
    expect(screen(...keys('jj')).model.selected).toBe('titles')
    expect(screen(...keys('jj', 'UP', 'k', 'k')).model.selected).toBe('catalog')
    expect(screen(...keys('G')).model.selected).toBe('plays')
    expect(screen(...keys('PGDN', 'PGDN', 'g')).model.selected).toBe('catalog')
  })

  it('ask for the facts of each asset that is selected, and again when its version changes', () => {
    expect(screen(...keys('jj')).asks).toEqual(['catalog', 'songs', 'titles'].map((key) => ({ kind: 'facts', key })))
    const [catalog, ...others] = sampleStatus().assets
    const reading = sampleReading({ assets: catalog ? [{ ...catalog, version: 4 }, ...others] : [] })
    expect(screen({ kind: 'read', reading }, { kind: 'read', reading }).asks).toHaveLength(2)
  })

  it('go between the panes with Tab, h and l; Enter opens an asset, Escape closes it', () => {
    expect(screen(...keys('TAB')).model).toMatchObject({ pane: 'details', opened: false })
    expect(screen(...keys('l', 'h')).model).toMatchObject({ pane: 'assets' })
    expect(screen(...keys('ENTER')).model).toMatchObject({ pane: 'details', opened: true, selected: 'catalog' })
    expect(screen(...keys('ENTER', 'jj')).model).toMatchObject({ scroll: 2, selected: 'catalog' })
    expect(screen(...keys('ENTER', 'ESC')).model).toMatchObject({ pane: 'assets', opened: false })
  })

  it('open the details on the whole screen if it has no room for two panes', () => {
    const { model } = screenAfter({ width: 80, height: 10 }, ...keys('TAB'))
    expect(model).toMatchObject({ pane: 'details', opened: true })
  })

  it('leave with q or an interrupt, even while the user types; Escape never leaves', () => {
    expect(screen(...keys('q')).asks).toContainEqual({ kind: 'leave' })
    expect(screen(...keys('/', 'INTERRUPT')).asks).toContainEqual({ kind: 'leave' })
    expect(screen(...keys('ESC', 'ESC')).asks).not.toContainEqual({ kind: 'leave' })
    expect(screen(...keys('?', 'q')).asks).not.toContainEqual({ kind: 'leave' })
  })

  it('filter by words in key, kind, state and tags; while the user types, letters are not commands', () => {
    expect(screen(...keys('/', 'table q')).model).toMatchObject({ shown: [], selected: undefined, typing: true })
    expect(screen(...keys('/', 'table q', 'ERASE', 's')).model.shown).toEqual(['songs', 'titles', 'plays'])
    expect(screen(...keys('/', 'tag:fact', 'ENTER')).model).toMatchObject({ shown: ['plays'], selected: 'plays' })
    expect(screen(...keys('/', 'FAILED')).model.shown).toEqual(['plays'])
    expect(screen(...keys('/', 'failed', 'ENTER', 'ESC')).model).toMatchObject({ filter: '', selected: 'plays' })
  })

  it('show the plan before they materialize, and run exactly what the plan contains', () => {
    const selection = ['songs']
    const asked = screen(...keys('j', 'm'))
    expect(asked.asks.at(-1)).toEqual({ kind: 'plan', selection })
    // Enter does nothing before the plan exists.
    expect(screen(...keys('j', 'm', 'ENTER')).asks).not.toContainEqual({ kind: 'materialize', selection })
    const [overlay] = [asked.model.overlay]
    if (overlay?.kind !== 'plan') throw new Error('there is no plan')
    const value = { steps: [{ asset: 'songs' }], fresh: [] } as never
    const planned = foldStatus(asked.model, {
      ...{ kind: 'planned', selection: overlay.selection },
      plan: { kind: 'got', value },
    }).model
    const begun = foldStatus(planned, keys('ENTER')[0] as StatusEvent)
    expect(begun).toMatchObject({
      model: { overlay: undefined, started: { selection, state: 'running' } },
      asks: [{ kind: 'materialize', selection }],
    })
    const again = foldStatus({ ...planned, started: begun.model.started }, keys('m')[0] as StatusEvent)
    expect(again.asks).toEqual([])
    expect(again.model.notice).toContain('still at work')
    expect(screen(...keys('M')).asks.at(-1)).toEqual({ kind: 'plan', selection: [] })
  })

  it('do not run a plan that has no steps or that could not be made', () => {
    for (const plan of [
      { kind: 'got', value: { steps: [], fresh: ['songs'] } },
      { kind: 'failed', problem: 'the lake cannot be read' },
    ] as const) {
      const { model } = screen(...keys('M'))
      const selection = model.overlay?.kind === 'plan' ? model.overlay.selection : []
      const planned = foldStatus(model, { kind: 'planned', selection, plan }).model
      expect(foldStatus(planned, keys('ENTER')[0] as StatusEvent).asks).toEqual([])
    }
  })

  it('cancel the run that this screen started, and no other run', () => {
    const { model } = screen()
    const started = { selection: [], view: running, state: 'running' } as const
    const canceled = foldStatus({ ...model, started }, keys('x')[0] as StatusEvent)
    expect(canceled).toMatchObject({ asks: [{ kind: 'cancel' }], model: { started: { state: 'stopping' } } })
    const other = foldStatus({ ...model, runs: [running] }, keys('x')[0] as StatusEvent)
    expect(other).toMatchObject({
      asks: [],
      model: { notice: expect.stringContaining(`run ${RUN} was not started here`) },
    })
    expect(screen(...keys('x')).model.notice).toBe('nothing is running')
  })

  it('open the log of the run that built an asset or made it fail, even from the details', () => {
    expect(screen(...keys('L')).asks.at(-1)).toEqual({ kind: 'run', runId: RUN })
    expect(screen(...keys('ll')).model.overlay).toMatchObject({ kind: 'log', runId: RUN })
    expect(screen(...keys('ll', 'h', 'h')).model).toMatchObject({ overlay: undefined, pane: 'assets' })
    expect(screen(...keys('jj', 'L')).model.notice).toBe('no run has built titles yet')
  })
})

describe('the mouse on the status screen', () => {
  it('selects with a click, opens with a second click, and scrolls the pane under the pointer', () => {
    const { assets, details } = panesOf(screen().model)
    const row = (assets?.top ?? 0) + 3
    expect(screen(mouse('click', 5, row)).model).toMatchObject({ selected: 'events', opened: false })
    expect(screen(mouse('click', 5, row), mouse('click', 5, row)).model.opened).toBe(true)
    expect(screen(mouse('wheel-down', 5, row)).model.selected).toBe('events')
    expect(screen(mouse('wheel-down', 5, details?.top ?? 0)).model).toMatchObject({ pane: 'details', scroll: 3 })
    expect(screen(mouse('click', 5, 0)).model.selected).toBe('catalog')
  })

  it('is read from the codes that terminals send; releases and motions are ignored', () => {
    const none = {} as Parameters<typeof keyPresses>[1]
    expect(keyPresses('[<0;5;3M', none)).toEqual([{ kind: 'click', column: 4, row: 2 }])
    expect(keyPresses('[<65;130;3M', none)).toEqual([{ kind: 'wheel-down', column: 129, row: 2 }])
    expect(keyPresses('[<0;5;3m', none)).toEqual([])
    expect(keyPresses('[<35;5;3M', none)).toEqual([])
  })
})

describe('runs on the status screen', () => {
  it('are followed by their events, and count as ended after the next reading', () => {
    const begun = screen({ kind: 'runs', runs: [running] })
    // When a run begins, it claims other assets.
    expect(begun.asks.at(-1)).toEqual({ kind: 'read' })
    const same = foldStatus({ ...begun.model, isReading: false }, { kind: 'runs', runs: [running] })
    expect(same.asks).toEqual([])
    const ended = foldStatus(same.model, { kind: 'runs', runs: [] })
    expect(ended).toMatchObject({ asks: [{ kind: 'read' }], model: { runs: [{ runId: RUN }] } })
    expect(foldStatus(ended.model, { kind: 'read', reading: sampleReading() }).model.runs).toEqual([])
  })

  it('are read from their own events if this screen started them, and their end is reported', () => {
    const { model } = screen()
    const started = { selection: [], view: undefined, state: 'running' } as const
    const folded = EVENTS_OF_A_RUN.reduce<StatusModel>(
      (before, event) => foldStatus(before, { kind: 'run-event', event }).model,
      { ...model, started },
    )
    const ended = foldStatus(folded, { kind: 'run-ended', message: undefined })
    expect(ended.asks).toEqual([{ kind: 'read' }])
    expect(ended.model.notice).toMatch(/^Failed in 2 min 5 s: .* f shows the failures\.$/)
    expect(foldStatus(ended.model, { kind: 'read', reading: sampleReading() }).model.started).toBeUndefined()
  })

  it('say why they never began', () => {
    const { model } = screen()
    const started = { selection: [], view: undefined, state: 'running' } as const
    const message = 'songs is being built by the run R'
    expect(foldStatus({ ...model, started }, { kind: 'run-ended', message }).model).toMatchObject({
      notice: message,
      started: { state: 'ended' },
    })
  })
})

describe('readings on the status screen', () => {
  it('keep the selection; if a reading fails, the last report stays', () => {
    const selected = screen(...keys('j'))
    const failed = foldStatus(selected.model, { kind: 'read-failed', problem: 'no such bucket' }).model
    expect(failed).toMatchObject({
      selected: 'songs',
      problem: 'no such bucket',
      reading: { report: { lake: 's3://lake' } },
    })
    const reading = sampleReading({ assets: sampleStatus().assets.slice(3) })
    expect(foldStatus(failed, { kind: 'read', reading }).model).toMatchObject({
      selected: 'events',
      problem: undefined,
    })
  })

  it('are requested only once at a time', () => {
    const due = foldStatus(screen().model, { kind: 'due' })
    expect(due.asks).toEqual([{ kind: 'read' }])
    expect(foldStatus(due.model, { kind: 'due' }).asks).toEqual([])
  })

  it('are dropped if they belong to an asset that is no longer selected', () => {
    const facts = { key: 'songs', version: 3 } as AssetFacts
    expect(screen({ kind: 'facts', facts }).model.facts).toBeUndefined()
    expect(screen(...keys('j'), { kind: 'facts', facts }).model.facts).toBe(facts)
  })
})
