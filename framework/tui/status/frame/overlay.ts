/** Draws a text that covers the panes for a while: keys, a plan, a run log, failures. */
import { cut, wrap } from '../../../report/layout/display-width.ts'
import { type PlanWithWarnings, planText } from '../../../report/plan-text.ts'
import type { RunView } from '../../../report/run/run-view.ts'
import { runText } from '../../../report/run/runs-text.ts'
import { checkLines } from '../../../report/status-text.ts'
import { printable } from '../../../text/printable.ts'
import { hiddenLines, toHeight } from '../../columns-of-lines.ts'
import type { Frame } from '../../frame.ts'
import { KEYS } from '../model/keys.ts'
import { liveRuns } from '../model/live-assets.ts'
import type { Answer, Overlay, StatusModel } from '../model/status-model.ts'
import { atBothEnds } from './head.ts'

/** Returns exactly as many lines as the frame is high: a title and the visible part of the text. */
export function overlayLines(model: StatusModel, overlay: Overlay, frame: Frame): readonly string[] {
  const { title, lines } = contentOf(model, overlay, frame)
  const height = Math.max(1, frame.height - 2)
  const most = Math.max(0, lines.length - height)
  const from = Math.min(overlay.scroll, most)
  return [
    atBothEnds({ text: title, tone: 'strong' }, { text: hiddenLines(from, most), tone: 'dim' }, frame),
    frame.paint('─'.repeat(frame.width), 'dim'),
    ...toHeight(lines.slice(from, from + height), height),
  ]
}

interface Content {
  readonly title: string
  readonly lines: readonly string[]
}

function contentOf(model: StatusModel, overlay: Overlay, frame: Frame): Content {
  switch (overlay.kind) {
    case 'keys':
      return { title: 'keys', lines: keyLines(frame) }
    case 'failures':
      return { title: 'failures', lines: failureLines(model, frame) }
    case 'plan': {
      const what = overlay.selection.length === 0 ? 'everything' : overlay.selection.join(' ')
      return {
        title: `plan: lake materialize ${what === 'everything' ? '' : what}`.trim(),
        lines: planLines(overlay.plan, frame),
      }
    }
    case 'log': {
      const live = liveRuns(model).find(({ runId }) => runId === overlay.runId)
      const run: Answer<RunView> = live ? { kind: 'got', value: live } : overlay.run
      return { title: 'run log', lines: runLines(run, frame) }
    }
  }
}

function keyLines({ width, paint }: Frame): readonly string[] {
  const column = Math.max(...KEYS.map(([keys]) => keys.length))
  if (width < column + 24)
    return KEYS.flatMap(([keys, effect]) => [paint(keys, 'strong'), ...wrap(`  ${effect}`, width)])
  return KEYS.flatMap(([keys, effect]) =>
    wrap(effect, width - column - 2).map(
      (line, index) => `${paint((index === 0 ? keys : '').padEnd(column), 'strong')}  ${line}`,
    ),
  )
}

function failureLines({ reading }: StatusModel, { width, paint, suggest = (text) => text }: Frame): readonly string[] {
  const failed = (reading?.report.assets ?? []).filter(({ state, failure }) => state === 'failed' || failure)
  if (failed.length === 0) return ['nothing has failed']
  return failed.flatMap(({ key, failure, causes, checks }) => {
    const texts = failure
      ? [failure.error.message]
      : [...checkLines({ checks, unchecked: [] }), ...causes.map(({ message }) => message)]
    const lines = texts.flatMap((text) => wrap(printable(suggest(text)), width - 2))
    const run = failure ? [paint(cut(suggest(`  lake run ${failure.runId}`), width), 'dim')] : []
    return [paint(key, 'strong'), ...lines.map((line) => `  ${paint(line, 'bad')}`), ...run, '']
  })
}

function planLines(plan: Answer<PlanWithWarnings>, frame: Frame): readonly string[] {
  return answered(plan, frame, (value) => planText(value, frame).split('\n'))
}

function runLines(run: Answer<RunView>, frame: Frame): readonly string[] {
  return answered(run, frame, (view) => {
    const { suggest = (text) => text } = frame
    return suggest(runText(view, frame))
      .split('\n')
      .flatMap((line) => (line.includes('\u001b') ? [line] : wrap(line, frame.width)))
  })
}

function answered<Value>(
  answer: Answer<Value>,
  { paint, width }: Frame,
  lines: (value: Value) => readonly string[],
): readonly string[] {
  switch (answer.kind) {
    case 'asked':
      return [paint('reading ...', 'dim')]
    case 'failed':
      return wrap(printable(answer.problem), width).map((line) => paint(line, 'bad'))
    case 'got':
      return lines(answer.value)
  }
}
