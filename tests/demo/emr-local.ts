/** Runs the demo on a stand-in of EMR with real Spark and a real S3 server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStorage } from '../../framework/storage/open-storage.ts'
import { startLocalEmr } from '../support/emr/local-emr.ts'
import type { EmrStandIn } from '../support/emr/stand-in/emr-stand-in.ts'
import { startS3Server } from '../support/s3/s3-server.ts'
import { upload } from '../support/s3/upload.ts'
import { sparkEnvironments } from '../support/spark/spark.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PLACE = join(ROOT, '.lake', 'emr-local')
/** Prints that the source files exist. */
const UPLOADED = 'input-is-complete'
const SIZES = ['--songs', '200', '--events', '20000', '--days', '30', '--seed', '7']
const USAGE = `usage: npm run emr-local -- COMMAND...

Runs \`lake --profile emr-local COMMAND...\` against a real S3 server and a stand-in for EMR, whose steps run on a real Spark. Both are
started on this machine and last as long as the command. What is on that S3 is kept in .lake/emr-local: remove it to begin anew.

  npm run emr-local -- materialize
  npm run emr-local -- status
  npm run emr-local -- materialize songplays --full`

const say = (line: string) => process.stderr.write(`${line}\n`)

/**
 * Runs the built program. An interrupt at the terminal reaches the program directly, so this
 * process only waits for its end.
 */
async function lake(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'main.js'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const terminate = () => child.kill('SIGTERM')
  process.on('SIGTERM', terminate)
  const [status] = (await once(child, 'close')) as [number | null]
  process.off('SIGTERM', terminate)
  return status ?? 1
}

/** Simulates source files and puts them on S3, the first time. */
async function provideInput(): Promise<void> {
  const bucket = openStorage('s3://lake')
  if (await bucket.read(UPLOADED)) return
  const directory = join(PLACE, 'simulated')
  if ((await lake(['simulate', '--out', directory, ...SIZES])) !== 0) throw new Error('no source files were made')
  const files = await upload(directory, 's3://lake/input')
  await bucket.put(UPLOADED, '')
  say(`put ${files} files under s3://lake/input`)
}

async function main(command: readonly string[]): Promise<number> {
  if (command.length === 0) {
    say(USAGE)
    return 2
  }
  const sparks = sparkEnvironments()
  mkdirSync(join(PLACE, 's3'), { recursive: true })
  const s3 = await startS3Server(join(PLACE, 's3'))
  if (!s3 || sparks.length === 0) return 1
  const emr = await startLocalEmr({ sparks, s3 })
  Object.assign(process.env, s3.env, { AWS_ENDPOINT_URL_EMR: emr.url })
  try {
    await s3.bucket('lake')
    await provideInput()
    return await lake(['--profile', 'emr-local', ...command])
  } finally {
    say(`\n${account(emr)}`)
    await emr.close()
    await s3.stop()
  }
}

/** The requests that the stand-in received. The console of EMR would show them in this way. */
function account({ calls, clusters, count }: EmrStandIn): string {
  const names = [...new Set(calls.map(({ name }) => name))]
  if (names.length === 0) return 'EMR was not called.'
  const lines = clusters.flatMap(({ id, releaseLabel, state, steps }) => [
    `EMR had the cluster ${id}, ${releaseLabel}, which is ${state}. Its steps:`,
    ...steps.map(({ config, state, startedAt = 0, endedAt = startedAt }) => {
      return `  ${config.Name}  ${state}  ${Math.round((endedAt - startedAt) / 1000)} s`
    }),
  ])
  return [...lines, `Calls to EMR: ${names.map((name) => `${count(name)} ${name}`).join(', ')}.`].join('\n')
}

process.on('SIGINT', () => undefined)
process.exitCode = await main(process.argv.slice(2))
