import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStorage } from '../../framework/storage/open-storage.ts'
import type { EmrStandIn } from '../support/emr/emr-stand-in.ts'
import { startLocalEmr } from '../support/emr/local-emr.ts'
import { startS3Server } from '../support/s3-server.ts'
import { sparkEnvironments } from '../support/spark.ts'
import { upload } from '../support/upload.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PLACE = join(ROOT, '.lake', 'emr-local')
const INPUT = 's3://lake/input'
const SIMULATED = ['--songs', '200', '--events', '20000', '--days', '30', '--seed', '7']
const USAGE = `usage: npm run emr-local -- COMMAND...
Runs \`lake --profile emr-local COMMAND...\` against an S3 server and a stand-in for EMR on this machine, which last as long as the command.
What is stored on that S3 is kept in .lake/emr-local; remove the directory to begin anew.
  npm run emr-local -- materialize
  npm run emr-local -- status\n`

const say = (line: string) => process.stderr.write(`${line}\n`)

/** Runs the built program. An interrupt at the terminal gets to it directly: this process waits for what it makes of it. */
async function lake(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'main.js'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return status ?? 1
}

/** On first use, source files are made up and put on S3. */
async function provideInput(): Promise<void> {
  const marker = 'simulated'
  const storage = openStorage('s3://lake/')
  if (await storage.read(marker)) return
  const directory = join(PLACE, 'simulated')
  const simulated = spawnSync(
    process.execPath,
    [join(ROOT, 'dist', 'main.js'), 'simulate', '--out', directory, ...SIMULATED],
    { cwd: ROOT, stdio: 'inherit' },
  )
  if (simulated.status !== 0) throw new Error('the source files could not be simulated')
  const files = await upload(directory, INPUT)
  await storage.put(marker, '')
  say(`uploaded ${files} files to ${INPUT}`)
}

function callCounts({ calls, count }: EmrStandIn): string {
  const names = [...new Set(calls.map(({ name }) => name))]
  return names.map((name) => `${count(name)} ${name}`).join(', ') || 'none'
}

async function main(command: readonly string[]): Promise<number> {
  if (command.length === 0) {
    process.stderr.write(USAGE)
    return 2
  }
  const sparks = sparkEnvironments()
  mkdirSync(join(PLACE, 's3'), { recursive: true })
  const s3 = await startS3Server(join(PLACE, 's3'))
  if (!s3 || sparks.length === 0) return 1
  Object.assign(process.env, s3.env)
  await s3.bucket('lake')
  await provideInput()
  const emr = await startLocalEmr({ sparks, s3 })
  try {
    return await lake(['--profile', 'emr-local', ...command], { ...s3.env, AWS_ENDPOINT_URL_EMR: emr.url })
  } finally {
    for (const { id, releaseLabel, state, steps } of emr.clusters) {
      say(`cluster ${id} (${releaseLabel}): ${state}; its steps:`)
      for (const { config, state, startedAt = 0, endedAt = 0 } of steps) {
        say(`  ${config.Name}  ${state}  ${Math.round((endedAt - startedAt) / 1000)} s`)
      }
    }
    say(`calls to EMR: ${callCounts(emr)}`)
    await emr.close()
    await s3.stop()
  }
}

process.on('SIGINT', () => undefined)
process.exitCode = await main(process.argv.slice(2))
