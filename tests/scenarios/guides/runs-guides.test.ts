// The guides about runs, retries, hooks and freshness work as written: their configs, assets and
// commands run, and send the documented facts to a real server.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { guideBlocks, runGuide } from '../../support/programs/guide.ts'
import { lake, startLake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { startReceiver } from '../../support/programs/receiver.ts'
import { copyProject, edit } from '../../support/projects/project-copy.ts'

const CHECKS = "  checks: [references('song_id', songs), references('artist_id', artists)],\n"

/** A project with simulated source files. */
function projectWithInput(): string {
  const directory = temporaryDirectory()
  copyProject(directory)
  const simulated = ['--songs', '30', '--events', '2000', '--days', '5', '--seed', '7']
  expect(lake(['simulate', '--out', '.lake/input', ...simulated], { cwd: directory }).status).toBe(0)
  return directory
}

/** Adds options that a guide shows as part of a file, to the config or to songplays. */
function addOptions(text: string, directory: string): boolean {
  if (!text.startsWith('  ')) return false
  if (text.includes('attempts: 3')) edit(directory, 'config/lake.config.ts', ['  assets,\n', `  assets,\n${text}`])
  else edit(directory, 'assets/songplays.ts', [CHECKS, `${text}${CHECKS}`])
  return true
}

it.each(['runs', 'retries', 'freshness'])('the guide %s works as written', (guide) => {
  const directory = projectWithInput()
  runGuide(`docs/guides/runs/${guide}.md`, { directory, fragment: addOptions })
  expect(lake(['materialize'], { cwd: directory })).toMatchObject({ status: 0 })
  expect(lake(['plan'], { cwd: directory }).stdout).toContain('Nothing to do')
})

it('the hooks and the lineage of the guide `hooks` get the documented facts', async () => {
  const directory = projectWithInput()
  const [config, freshness] = [blockOf('hooks'), blockOf('freshness')]
  writeFiles(directory, { 'config/lake.config.ts': config })
  addOptions(freshness, directory)
  const receiver = await startReceiver()
  onTestFinished(() => receiver.close())
  const env = { CHAT_URL: `${receiver.url}/chat/a-secret`, LINEAGE_URL: receiver.url }
  const at = (...args: string[]) => startLake(args, { cwd: directory, env }).ended
  const chat = () =>
    receiver.received.filter(({ path }) => path === '/chat/a-secret').map(({ body }) => JSON.parse(body))

  const built = await at('materialize')
  expect(built).toMatchObject({ status: 0, stderr: expect.stringMatching(/the run succeeded after \d+ ms/) })
  expect(chat()).toMatchObject([{ event: 'run-finished', status: 'succeeded', text: expect.stringContaining('7 mat') }])
  const jobs = receiver.received
    .filter(({ path }) => path === '/api/v1/lineage')
    .map(({ body }) => JSON.parse(body).job)
  expect(jobs).toContainEqual(expect.objectContaining({ namespace: 'sparkify', name: 'songplays.checks' }))
  expect(await at('check')).toMatchObject({ status: 0 })

  makeOld(join(directory, '.lake/tables/songplays/_delta_log'))
  const { status, stdout } = await at('check', 'songplays')
  expect(status).toBe(1)
  expect(stdout).toContain('the check "the newest version is at most 26h old" fails: it is of 20')
  expect(chat().slice(1)).toMatchObject([{ event: 'check-failed', runId: null, asset: 'songplays' }])
  expect((await at('status')).stdout).toMatch(
    /songplays +fresh .*overdue: the newest version is 3 days old, and at most 26h/,
  )
  const { assets } = JSON.parse((await at('status', '--json')).stdout)
  expect(assets.find(({ key }: { key: string }) => key === 'songplays')).toMatchObject({
    state: 'fresh',
    freshness: { within: '26h', overdue: true },
  })

  rmSync(join(directory, '.lake/input/log_data'), { recursive: true })
  writeFiles(directory, { '.lake/input/log_data/a.json': '{"page":"NextSong"}\n' })
  const failed = await at('materialize', '--json')
  expect(failed.status).toBe(1)
  expect(
    chat()
      .slice(2)
      .map(({ event, asset }) => [event, asset]),
  ).toEqual([
    ['asset-failed', 'log_data'],
    ['run-failed', undefined],
  ])
  expect(
    failed.stdout + readFileSync(join(directory, '.lake/tables/_lake/runs', lastOf(directory)), 'utf8'),
  ).not.toContain('a-secret')
})

/** The first block of TypeScript in a guide. */
function blockOf(guide: string): string {
  const block = guideBlocks(`docs/guides/runs/${guide}.md`).find(({ language }) => language === 'ts')
  if (!block) throw new Error(`the guide ${guide} has no block of TypeScript`)
  return block.text
}

const lastOf = (directory: string) => readdirSync(join(directory, '.lake/tables/_lake/runs')).sort().at(-1) ?? ''

/** Makes the newest commit three days old. */
function makeOld(log: string): void {
  const newest =
    readdirSync(log)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .at(-1) ?? ''
  const file = join(log, newest)
  const text = readFileSync(file, 'utf8')
  const before = Date.now() - 3 * 24 * 3_600_000 - 60_000
  writeFileSync(
    file,
    text.replace(/("timestamp":)\d+/, (_, head: string) => head + before),
  )
}
