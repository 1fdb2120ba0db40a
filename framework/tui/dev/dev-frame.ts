/** Lays out the screen of `lake dev`. */
import { type DevView, devLines } from '../../report/dev-text.ts'
import type { Frame } from '../frame.ts'

/** The lines of the screen. The plan and the errors leave room for the first rows. */
export function devFrame({ plan, types, preview }: DevView, frame: Frame): readonly string[] {
  const { height, paint } = frame
  if (!plan) return [paint('loading ...', 'dim')]
  const planned = clipped(devLines(plan, frame), preview ? Math.max(3, Math.floor(height / 3)) : height - 3, frame)
  const typed = types ? clipped(devLines(types, frame), Math.max(3, Math.floor(height / 4)), frame) : []
  const left = height - planned.length - typed.length - 3
  const rows = preview ? clipped(devLines(preview, frame), left, frame) : []
  const body = [...planned, ...typed, '', ...rows].slice(0, height - 1)
  return [...body, paint('Ctrl-C ends', 'dim')]
}

function clipped(lines: readonly string[], most: number, { paint }: Frame): readonly string[] {
  if (lines.length <= most) return lines
  const shown = Math.max(0, most - 1)
  return [...lines.slice(0, shown), paint(`... ${lines.length - shown} more lines`, 'dim')]
}
