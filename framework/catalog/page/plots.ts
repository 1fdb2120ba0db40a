/** Plots rows, bytes and durations over the versions of a table. */
import type uPlotClass from 'uplot'
import { bytes, count, duration } from '../../report/layout/format-numbers.ts'
import type { VersionDocument } from '../catalog-document.ts'
import { el } from './elements.ts'
import { colour } from './theme.ts'

/** The library is missing in a browser whose language tag it cannot read, such as `en-US@posix`. */
const loaded = (globalThis as { readonly uPlot?: typeof uPlotClass }).uPlot

interface Measure {
  readonly title: string
  readonly measured: (version: VersionDocument) => number | null
  readonly format: (value: number) => string
  /** The possible distances between marks on the axis. */
  readonly steps: readonly number[]
}

/** 1, 2, 5, 10, 20 and so on. */
const STEPS = Array.from(
  { length: 48 },
  (_, index) => [1, 2, 5].map((step) => step * 10 ** Math.floor(index / 3))[index % 3] ?? 1,
)

const MEASURES: readonly Measure[] = [
  { title: 'rows', measured: ({ rows }) => rows, format: count, steps: STEPS },
  { title: 'size', measured: ({ bytes }) => bytes, format: bytes, steps: STEPS },
  { title: 'duration', measured: ({ durationMs }) => durationMs, format: duration, steps: STEPS.slice(6) },
]

const HEIGHT = 140

/** Draws the plots into `container`, which is in the page, because it determines their width. */
export function drawPlots(container: HTMLElement, versions: readonly VersionDocument[]): void {
  const plots = MEASURES.flatMap((measure) => {
    const known = versions.filter((version) => measure.measured(version) !== null)
    return known.length > 1 && loaded ? [{ ...measure, versions: known, figure: el('figure') }] : []
  })
  // A plot gets the width of its figure beside the others.
  container.replaceChildren(...plots.map(({ figure }) => figure))
  for (const plot of plots) if (loaded) drawPlot(loaded, plot)
}

interface PlotRequest extends Measure {
  readonly figure: HTMLElement
  readonly versions: readonly VersionDocument[]
}

function drawPlot(Plot: typeof uPlotClass, { title, measured, format, steps, figure, versions }: PlotRequest): void {
  const words = (index: number) => {
    const version = versions[index]
    return version ? `${format(measured(version) ?? 0)} in version ${version.version}` : ''
  }
  const last = words(versions.length - 1)
  const shown = el('span', {}, last)
  const canvas = el('div', { role: 'img', 'aria-label': `${title} over versions: ${words(0)}, ${last}` })
  figure.append(el('figcaption', {}, el('b', {}, title), ' ', shown), canvas)
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } }
  new Plot(
    {
      ...{ width: canvas.clientWidth, height: HEIGHT, legend: { show: false } },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
      axes: [
        { ...axis, incrs: [...STEPS], size: 28 },
        { ...axis, incrs: [...steps], size: 70, values: (_, values) => values.map((value) => format(value)) },
      ],
      series: [{}, { stroke: colour('--accent'), width: 2, points: { show: true, size: 6, fill: colour('--accent') } }],
      hooks: {
        setCursor: [({ cursor }) => shown.replaceChildren(typeof cursor.idx === 'number' ? words(cursor.idx) : last)],
      },
    },
    [versions.map(({ version }) => version), versions.map(measured)],
    canvas,
  )
}
