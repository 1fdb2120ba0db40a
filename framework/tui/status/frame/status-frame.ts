/** Draws the status screen in the lines of a terminal. */

import { beside, filled } from '../../columns-of-lines.ts'
import type { Frame } from '../../frame.ts'
import { BETWEEN, panesOf } from '../model/panes.ts'
import type { StatusModel } from '../model/status-model.ts'
import { assetLines, assetTitles, ruleLine } from './asset-list.ts'
import { detailLines } from './details.ts'
import { footLine, headLines } from './head.ts'
import { overlayLines } from './overlay.ts'

/** Returns exactly as many lines as the frame is high. */
export function statusFrame(model: StatusModel, frame: Frame): readonly string[] {
  const foot = footLine(model, frame)
  if (model.overlay) return [...overlayLines(model, model.overlay, { ...frame, height: frame.height - 1 }), foot]
  const { head, assets, details } = panesOf(model)
  const above = filled(headLines(model, frame), head)
  const list = assets
    ? [
        assetTitles(model, { ...frame, ...assets }),
        ...filled(assetLines(model, { ...frame, ...assets }), assets.height),
      ]
    : []
  const shown = details ? detailLines(model, { ...frame, ...details }) : { lines: [], most: 0 }
  const text = details
    ? [ruleLine(model, { ...frame, ...details }, shown.most), ...filled(shown.lines, details.height)]
    : []
  const areBeside = assets !== undefined && details !== undefined && details.left > 0
  const body = areBeside ? beside([list, text], assets.width, ' '.repeat(BETWEEN)) : [...list, ...text]
  return [...filled([...above, ...body], frame.height - 1), foot]
}
