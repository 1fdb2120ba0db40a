// The README's commands work exactly as written, right after the demo.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lake, ROOT, temporaryDirectory } from '../../support/programs/lake-process.ts'
import { copyProject } from '../../support/projects/project-copy.ts'

it('every line of the block "Day to day" ends with 0, in the lake of the demo', () => {
  const directory = temporaryDirectory()
  copyProject(directory)
  const at = (...args: string[]) => lake(args, { cwd: directory })
  // The steps of the demo, with less data.
  at('simulate', '--out', '.lake/demo/input', '--songs', '40', '--events', '2000', '--days', '5', '--seed', '7')
  expect(at('--profile', 'demo', 'materialize', 'songplays').status).toBe(0)
  const [, block = ''] =
    /## Day to day[\s\S]*?```sh\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? []
  const commands = block
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, '').replace(/^npx lake /, ''))
  expect(commands.length).toBeGreaterThan(8)
  for (const command of commands.filter((words) => !words.endsWith('schedule run'))) {
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
    const { status, stderr } = at(...args)
    expect({ command, status, stderr }).toMatchObject({ command, status: 0 })
  }
  const { stdout } = at('--profile', 'demo', 'status')
  expect(stdout).not.toMatch(/lake (?!--profile demo )(materialize|plan)/)
})
