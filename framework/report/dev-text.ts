/** Prints the events of `lake dev`, and folds them into what its screen shows. */
import type { DevEvent } from '../dev/dev-events.ts'
import { printable } from '../text/printable.ts'
import { counted } from './layout/format-numbers.ts'
import type { Page } from './layout/page.ts'
import { tableLines } from './layout/text-table.ts'
import { sampleLines } from './tables/preview-text.ts'
import { rowsLines } from './tables/rows-text.ts'

/** The last event of each kind. */
export interface DevView {
  readonly plan: DevEvent | undefined
  readonly types: DevEvent | undefined
  readonly preview: DevEvent | undefined
}

export const EMPTY_VIEW: DevView = { plan: undefined, types: undefined, preview: undefined }

/** After a change, earlier results about types and rows are outdated. */
export function foldDevEvent(view: DevView, event: DevEvent): DevView {
  switch (event.type) {
    case 'planned':
    case 'not-planned':
      return { plan: event, types: undefined, preview: undefined }
    case 'types-checking':
    case 'types-checked':
      return { ...view, types: event }
    case 'previewed':
    case 'not-previewed':
      return { ...view, preview: event }
  }
}

const MOST_ERRORS = 10

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`

/** Prints the event as lines. */
export function devLines(event: DevEvent, page: Page): readonly string[] {
  const { paint } = page
  switch (event.type) {
    case 'planned': {
      const { steps, fresh, durationMs } = event
      const summary = `${steps.length === 0 ? 'nothing to do' : counted(steps.length, 'step')}, ${fresh} fresh`
      const rows = steps.map(({ asset, mode, causes, conditional }) => [
        { text: `  ${asset}`, tone: 'strong' } as const,
        `${mode}${conditional ? ', if its upstreams change' : ''}`,
        { text: printable(causes[0]?.message ?? ''), tone: 'dim' } as const,
      ])
      const [, ...lines] = tableLines([{ title: '' }, { title: '' }, { title: '' }], rows, page)
      return [`${heading(event)}${summary} ${paint(`(planned in ${seconds(durationMs)})`, 'dim')}`, ...lines]
    }
    case 'not-planned':
      return [`${heading(event)}${paint('not planned:', 'bad')}`, ...printable(event.message).split('\n')]
    case 'types-checking':
      return [paint('types: checking ...', 'dim')]
    case 'types-checked': {
      const { errors, durationMs } = event
      if (errors.length === 0)
        return [`types: ${paint('no errors', 'good')} ${paint(`(${seconds(durationMs)})`, 'dim')}`]
      const more = errors.length > MOST_ERRORS ? [`... and ${errors.length - MOST_ERRORS} more`] : []
      const shown = errors.slice(0, MOST_ERRORS).map((error) => `  ${printable(error)}`)
      return [`types: ${paint(counted(errors.length, 'error'), 'bad')}`, ...shown, ...more]
    }
    case 'previewed': {
      const { asset, columns, rows } = event.preview
      const table = rows.length === 0 ? ['  no rows'] : rowsLines(columns, rows, page)
      return [
        `first rows of ${paint(asset, 'strong')}:`,
        ...table,
        ...sampleLines(event.preview).map((line) => paint(line, 'dim')),
      ]
    }
    case 'not-previewed':
      return [`no rows of ${paint(event.asset, 'strong')}: ${printable(event.message)}`]
  }
}

function heading({ at, changed }: { readonly at: string; readonly changed: readonly string[] }): string {
  const names = changed.length > 3 ? counted(changed.length, 'file') : changed.map(printable).join(', ')
  const time = new Date(at).toTimeString().slice(0, 8)
  return `${time} ${changed.length === 0 ? '' : `${names} changed: `}`
}
