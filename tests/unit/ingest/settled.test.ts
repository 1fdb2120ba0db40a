// When lake has to read again a file that it has read.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'lake'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { resolveColumn } from '../../../framework/declare/columns.ts'
import { lineColumns } from '../../../framework/ingest/lines/line-columns.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import { packFiles } from '../../../framework/ingest/pack/pack.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'lake-settled-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/**
 * The manifest of a source with one file, which was last written at `writtenAt`, and a later
 * listing of its files.
 */
async function readFileWrittenAt(writtenAt: Date) {
  const root = directory()
  const file = join(root, 'a.json')
  writeFileSync(file, '{"a":"x"}')
  utimesSync(file, writtenAt, writtenAt)
  const storage = localStorage(root)
  const column = resolveColumn('a', text())
  const request = {
    storage,
    files: await storage.list(''),
    columns: lineColumns(column ? [column] : []),
    directory: directory(),
    batchBytes: 1e6,
  }
  const entries = []
  for await (const batch of packFiles(request)) entries.push(...batch.files)
  const [listed] = await storage.list('')
  return { manifest: Manifest.of(entries), listed }
}

describe('a file that lake has read', () => {
  it('is not read again while its size and time stay the same', async () => {
    const { manifest, listed } = await readFileWrittenAt(new Date(Date.now() - 60_000))
    expect(listed && manifest.holds(listed)).toBe(true)
  })

  it('is read once more if it was written just before, because a later write could have given it the same time', async () => {
    // The time is a whole second. If the file system keeps no fractions, it can stand for any
    // moment of two seconds. lake read the file at the end of these two seconds.
    const moment = new Date('2026-11-24T08:15:00Z')
    vi.useFakeTimers({ toFake: ['Date'], now: moment.getTime() + 1_999 })
    onTestFinished(() => void vi.useRealTimers())
    const { manifest, listed } = await readFileWrittenAt(moment)
    expect(listed && manifest.holds(listed)).toBe(false)
  })
})
