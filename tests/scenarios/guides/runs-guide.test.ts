// The guide about runs: its config, its asset and its commands work as written, and send the
// documented facts to a real server.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { lake, ROOT, startLake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { startReceiver } from '../../support/programs/receiver.ts'
import { copyProject, edit } from '../../support/projects/project-copy.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/guides/runs.md'), 'utf8')

/** The block of the guide that begins with the name of this file. */
function block(file: string): string {
  const [, text] = new RegExp(`\`\`\`ts\\n// ${file}\\n([\\s\\S]*?)\`\`\``).exec(GUIDE) ?? []
  if (text === undefined) throw new Error(`the guide has no block for ${file}`)
  return text
}

const CHECKS = "  checks: [references('song_id', songs), references('artist_id', artists)],\n"
const IMPORTS = "import { bigint, byKey, defineAsset, int, references, text, timestamp } from 'lake'"

it('the config, the asset and the commands of the guide work as written', async () => {
  const directory = temporaryDirectory()
  copyProject(directory)
  writeFiles(directory, { 'config/lake.config.ts': block('config/lake.config.ts') })
  edit(directory, 'assets/songplays.ts', [CHECKS, block('assets/songplays.ts')])
  edit(directory, 'assets/songplays.ts', [
    IMPORTS,
    IMPORTS.replace('references,', 'nullShareLikeBefore, references, rowCountLikeBefore,'),
  ])
  const receiver = await startReceiver()
  onTestFinished(() => receiver.close())
  const env = { CHAT_URL: `${receiver.url}/chat/a-secret`, LINEAGE_URL: receiver.url }
  const at = (...args: string[]) => startLake(args, { cwd: directory, env }).ended
  const simulated = ['--songs', '30', '--events', '2000', '--days', '5', '--seed', '7']
  expect(lake(['simulate', '--out', '.lake/input', ...simulated], { cwd: directory }).status).toBe(0)
  const chat = () =>
    receiver.received.filter(({ path }) => path === '/chat/a-secret').map(({ body }) => JSON.parse(body))

  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(GUIDE) ?? []
  const lines = commands.trim().split('\n')
  expect(lines.length).toBe(6)
  for (const line of lines) {
    const { status, stderr } = await at(
      ...line
        .replace(/ +#.*$/, '')
        .split(' ')
        .slice(2),
    )
    expect({ line, status, stderr }).toMatchObject({ line, status: 0 })
    if (line.includes('materialize')) expect(stderr).toMatch(/told: succeeded after \d+ ms/)
  }
  expect(chat()).toMatchObject([{ event: 'run-finished', status: 'succeeded', text: expect.stringContaining('7 mat') }])
  const jobs = receiver.received
    .filter(({ path }) => path === '/api/v1/lineage')
    .map(({ body }) => JSON.parse(body).job)
  expect(jobs).toContainEqual(expect.objectContaining({ namespace: 'sparkify', name: 'songplays.checks' }))

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
