// When a file that was read has to be read again.
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
 * The manifest of a source whose only file was last written at `writtenAt`, and the files that are
 * listed after it was read.
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

describe('a file that was read', () => {
  it('is not read again while its size and time stay the same', async () => {
    const { manifest, listed } = await readFileWrittenAt(new Date(Date.now() - 60_000))
    expect(listed && manifest.holds(listed)).toBe(true)
  })

  it('is read once more if it was written just before: its time may not show another write in the same moment', async () => {
    // A whole second: the file system possibly keeps no fractions, so the time can mean any moment
    // of two seconds. The file is read at the end of that.
    const moment = new Date('2026-11-24T08:15:00Z')
    vi.useFakeTimers({ toFake: ['Date'], now: moment.getTime() + 1_999 })
    onTestFinished(() => void vi.useRealTimers())
    const { manifest, listed } = await readFileWrittenAt(moment)
    expect(listed && manifest.holds(listed)).toBe(false)
  })
})
