/** Simulates a music service, builds its tables and queries them: `npm run demo`. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MOST_PLAYED_BY_PAID_USERS = `
  select s.title, a.name as artist, count(*) as plays
  from songplays p join songs s using (song_id) join artists a on a.artist_id = p.artist_id
  where p.level = 'paid'
  group by all order by plays desc, s.title limit 10`

/** Prints `lake ARGS...` as a user would type it, and runs it. Ends the demo if it fails. */
function lake(...args) {
  const typed = args.map((arg) => (/^[\w./:=-]+$/.test(arg) ? arg : `"${arg.trim().replace(/\s+/g, ' ')}"`))
  process.stdout.write(`\n$ npx lake ${typed.join(' ')}\n`)
  // CI keeps `status` from waiting for a key.
  const env = { ...process.env, CI: '1' }
  const { status } = spawnSync(process.execPath, ['dist/main.js', ...args], { cwd: ROOT, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(new URL('../../.lake/demo', import.meta.url), { recursive: true, force: true })
lake('simulate', '--out', '.lake/demo/input', '--songs', '200', '--events', '20000', '--days', '30', '--seed', '7')
lake('--profile', 'demo', 'materialize', 'songplays')
lake('--profile', 'demo', 'status')
lake('--profile', 'demo', 'query', MOST_PLAYED_BY_PAID_USERS)
