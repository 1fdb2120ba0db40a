/** Draws the status screen in the lines of a terminal. */

import { beside, cutPainted, toHeight } from '../../columns-of-lines.ts'
import type { Frame } from '../../frame.ts'
import { BETWEEN, panesOf } from '../model/panes.ts'
import type { StatusModel } from '../model/status-model.ts'
import { assetLines, assetTitles, ruleLine } from './asset-list.ts'
import { detailLines } from './details.ts'
import { footLine, headLines } from './head.ts'
import { overlayLines } from './overlay.ts'

/** Returns exactly as many lines as the frame is high. */
export function statusFrame(model: StatusModel, frame: Frame): readonly string[] {
  const height = frame.height - 1
  const body = model.overlay ? overlayLines(model, model.overlay, { ...frame, height }) : bodyLines(model, frame)
  return fitting([...toHeight(body, height), footLine(model, frame)], frame.width)
}

function bodyLines(model: StatusModel, frame: Frame): readonly string[] {
  const { head, assets, details } = panesOf(model)
  const above = toHeight(headLines(model, frame), head)
  const list = assets ? listLines(model, { ...frame, ...assets }) : []
  const text = details ? textLines(model, { ...frame, ...details }) : []
  if (!assets || !details || details.left === 0) return [...above, ...list, ...text]
  return [...above, ...beside([fitting(list, assets.width), text], assets.width, ' '.repeat(BETWEEN))]
}

function listLines(model: StatusModel, frame: Frame): readonly string[] {
  return [assetTitles(model, frame), ...toHeight(assetLines(model, frame), frame.height)]
}

function textLines(model: StatusModel, frame: Frame): readonly string[] {
  const { lines, most } = detailLines(model, frame)
  return [ruleLine(model, frame, most), ...toHeight(lines, frame.height)]
}

const fitting = (lines: readonly string[], width: number): readonly string[] =>
  lines.map((line) => cutPainted(line, width))
