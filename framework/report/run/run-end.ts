/** Sums up a run at its end for a person: what changed and why, what was kept, what failed. */
import { firstLine } from '../../text/printable.ts'
import { counted } from '../layout/format-numbers.ts'
import type { Paint } from '../layout/page.ts'
import { describeEnded, endLines, leftOutLines, problemLines, RUN_TONES, someOf } from './run-text.ts'
import type { RunView } from './run-view.ts'

/** Maximum number of reasons to name. */
const REASONS_NAMED = 8
/** Maximum number of lines of warnings and errors. `lake run` shows all of them. */
const PROBLEM_LINES = 60

/** The lines below the lines of the assets. The last ones say what to do next. */
export function runEndLines(view: RunView, paint: Paint): readonly string[] {
  const outcomes = [...changedLines(view, paint), ...keptLines(view, paint), ...leftOutLines(view, paint)]
  const problems = problemLines(view, paint)
  const shown = problems.length > PROBLEM_LINES ? problems.slice(0, PROBLEM_LINES) : problems
  const more = problems.length - shown.length
  return [
    ...view.ended.map((ended) => paint(describeEnded(ended), 'dim')),
    ...(view.status === 'succeeded' && !view.assets.some(({ mode }) => mode !== null) ? [] : outcomes),
    ...shown,
    ...(more > 0 ? [paint(`... ${counted(more, 'more line')}: lake run ${view.runId}`, 'dim')] : []),
    ...endLines(view, paint),
  ]
}

/**
 * Groups the assets with new rows by their first cause: `materialized because not built yet: songs,
 * plays`.
 */
function changedLines({ assets }: RunView, paint: Paint): readonly string[] {
  const reasons = new Map<string, string[]>()
  for (const { key, state, causes } of assets) {
    if (state !== 'materialized') continue
    const why = firstLine(causes[0]?.message ?? '')
    reasons.set(why, [...(reasons.get(why) ?? []), key])
  }
  const label = paint('materialized', RUN_TONES.materialized)
  const named = [...reasons].slice(0, REASONS_NAMED)
  const others = [...reasons].slice(REASONS_NAMED).flatMap(([, keys]) => keys)
  return [
    ...named.map(([why, keys]) => `${label}${why && ` because ${why}`}: ${someOf(keys)}`),
    ...(others.length > 0 ? [`${label} for other reasons: ${someOf(others)}`] : []),
  ]
}

function keptLines({ assets }: RunView, paint: Paint): readonly string[] {
  const kept = (label: string, state: 'unchanged' | 'fresh') => {
    const keys = assets.filter((asset) => asset.state === state).map(({ key }) => key)
    return keys.length > 0 ? [`${paint(label, RUN_TONES[state])}: ${someOf(keys)}`] : []
  }
  return [...kept('same rows as before', 'unchanged'), ...kept('kept, still fresh', 'fresh')]
}
