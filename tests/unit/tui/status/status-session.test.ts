// When the status screen reads, and what it reads.
import { describe, expect, it } from 'vitest'
import type { AssetFacts } from '../../../../framework/report/tables/asset-facts.ts'
import type { StatusSource } from '../../../../framework/tui/status/model/status-source.ts'
import { StatusSession } from '../../../../framework/tui/status/status-session.ts'
import { EVENTS_OF_A_RUN, RUN } from '../../report/sample.ts'
import { GRAPH, keys, sampleReading } from './sample-reading.ts'

const NEVER = 3_600_000
const PACE = { readEveryMs: NEVER, lookEveryMs: NEVER }

/** A lake in memory. `given` replaces the parts that a test needs. */
function lakeInMemory(given: Partial<StatusSource> = {}): StatusSource {
  return {
    read: async () => sampleReading(),
    runs: async () => [],
    facts: async (key) => ({ ...NO_FACTS, key }),
    plan: async () => ({ steps: [{ asset: 'catalog' }], fresh: [] }) as never,
    run: async (runId) => {
      throw new Error(`no run ${runId} exists`)
    },
    materialize: () => ({ ended: new Promise(() => undefined), cancel: () => undefined }),
    ...given,
  }
}

const NO_FACTS: AssetFacts = { key: '', version: 3, versions: [], partitions: [], rejects: [], sql: [], problems: [] }

async function opened(source: Partial<StatusSource> = {}) {
  const size = { width: 80, height: 23 }
  const session = new StatusSession(async () => lakeInMemory(source), size, { lake: 'l', graph: GRAPH, pace: PACE })
  const press = (...typed: readonly string[]) => {
    for (const event of keys(...typed)) session.dispatch(event)
  }
  /** Resolves once the model is as expected. */
  const until = (isThere: (model: ReturnType<typeof session.model>) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (isThere(session.model())) resolve()
      }
      session.subscribe(look)
      look()
    })
  await session.start()
  return { session, press, until }
}

describe('a session of the status screen', () => {
  it('ends with the error of the first reading, and shows the error of a later reading', async () => {
    const broken = async () => {
      throw new Error('no such bucket')
    }
    const { session: first } = await opened({ read: broken })
    await expect(first.closed).rejects.toThrow('no such bucket')
    first.stop()
    let readings = 0
    const { session, press, until } = await opened({
      read: async () => (readings++ === 0 ? sampleReading() : broken()),
    })
    press('r')
    await until(({ problem }) => problem === 'no such bucket')
    session.stop()
  })

  it('reads the facts of one asset at a time, and skips to the asset that was selected last', async () => {
    const asked: string[] = []
    const { session, press, until } = await opened({
      facts: async (key) => {
        asked.push(key)
        await new Promise(setImmediate)
        return { ...NO_FACTS, key }
      },
    })
    press('jjjj')
    await until(({ facts }) => facts?.key === 'plays')
    expect(asked).toEqual(['catalog', 'plays'])
    session.stop()
  })

  it('says why it cannot read an asset in full', async () => {
    const { session, until } = await opened({
      facts: async () => {
        throw new Error('a commit is missing')
      },
    })
    await until(({ facts }) => facts?.problems[0] === 'a commit is missing')
    session.stop()
  })

  it('runs the plan that it has shown, follows the run, cancels it, and reads its end', async () => {
    const calls: unknown[] = []
    let end: () => void = () => undefined
    const { session, press, until } = await opened({
      materialize: (selection, emit) => {
        calls.push(selection)
        for (const event of EVENTS_OF_A_RUN.slice(0, 3)) emit(event)
        const ended = new Promise<undefined>((resolve) => {
          end = () => resolve(undefined)
        })
        return { ended, cancel: () => calls.push('cancel') }
      },
    })
    press('m')
    await until(({ overlay }) => overlay?.kind === 'plan' && overlay.plan.kind === 'got')
    press('ENTER')
    expect(session.model().started?.view?.runId).toBe(RUN)
    expect(session.left()).toBe(RUN)
    press('x')
    expect(calls).toEqual([['catalog'], 'cancel'])
    end()
    await until(({ started }) => started === undefined)
    expect(session.left()).toBeUndefined()
    session.stop()
  })

  it('shows that it cannot read a run log', async () => {
    const { session, press, until } = await opened()
    press('L')
    await until(({ overlay }) => overlay?.kind === 'log' && overlay.run.kind === 'failed')
    session.stop()
  })

  it('is closed with q', async () => {
    const { session, press } = await opened()
    press('q')
    await session.closed
    session.stop()
  })
})
