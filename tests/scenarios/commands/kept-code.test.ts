/**
 * The bundled code behaves like the modules from which the build made it. lake keeps what V8
 * compiled, and uses it only for exactly the same code.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { ROOT, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'

interface Output {
  readonly path: string
  readonly text: string
  readonly root?: string
  readonly imports: readonly string[]
}

const bundler: string = new URL('../../../framework/bundle-chunks.mjs', import.meta.url).href
const { bundleChunks } = (await import(bundler)) as { bundleChunks: (outputs: readonly Output[]) => string }

let directory = ''
const kept = () => join(directory, 'cache', 'lake-config', 'code-main.bin')
const code = () => join(directory, 'code.txt')

/** Runs the code as `lake` runs its own, and returns what it prints. */
function run(options: readonly string[] = []): string {
  const env = { ...process.env, XDG_CACHE_HOME: join(directory, 'cache') }
  const { stdout, stderr } = spawnSync(process.execPath, [...options, 'main.js'], {
    cwd: directory,
    env,
    encoding: 'utf8',
  })
  return stdout + stderr
}

/** `main` and other chunks, in the form in which esbuild writes them. */
function write(main: string, others: Readonly<Record<string, string>> = {}): void {
  const paths = ['SHARED', 'LATER', 'B', 'C', 'NONE'].map((name) => `dist/chunks/${name}.js`)
  const imports = [...paths, 'node:path', 'node:os', 'packed']
  const chunks = Object.entries(others).map(([name, text]) => ({ path: `dist/chunks/${name}.js`, text, imports }))
  writeFileSync(code(), bundleChunks([{ path: 'dist/main.js', text: main, root: 'main', imports }, ...chunks]))
}

beforeEach(() => {
  directory = temporaryDirectory()
  cpSync(join(ROOT, 'dist', 'boot.js'), join(directory, 'boot.js'))
  writeFiles(directory, {
    'package.json': '{"type":"commonjs"}',
    'main.js': "require('./boot.js').run('main', { keep: true })",
  })
})

describe('bundled code', () => {
  it('imports chunks, modules of Node and packages by each kind of import', () => {
    writeFiles(directory, {
      'node_modules/packed/package.json': '{"type":"module","exports":"./index.js"}',
      'node_modules/packed/index.js': "export default 'a package'; export const other = 'its other export'",
    })
    write(
      'import{a as n,b}from"./chunks/SHARED.js";import p,{join as j}from"node:path";import*as o from"node:os";' +
        'console.log(n(),b,p.join===j,typeof o.tmpdir);import("./chunks/LATER.js").then(m=>console.log(m.default,m.c));export{n as x};\n',
      {
        SHARED: 'var q=2;function f(){return q-1}export{f as a,q as b};\n',
        LATER:
          'import{b as n}from"./SHARED.js";var d="later",c=import("packed").then(m=>console.log(m.default,m.other));export{n as c,d as default};\n',
      },
    )
    expect(run()).toBe('1 2 true function\nlater 2\na package its other export\n')
  })

  it('names its file and line in errors', () => {
    write('import{a}from"./chunks/SHARED.js";\na();\n', {
      SHARED: 'function f(){\nthrow new Error("no")}export{f as a};\n',
    })
    const lines = readFileSync(code(), 'utf8').split('\n')
    const line = 1 + lines.findIndex((text) => text.startsWith('throw'))
    expect(run()).toContain(`${code()}:${line}:`)
  })

  it('cannot be made of chunks that import each other, or of code that the build does not understand', () => {
    const circle = () =>
      write('import{a}from"./chunks/B.js";\n', {
        B: 'import{c}from"./C.js";export{c as a};',
        C: 'import{a}from"./B.js";export{a as c};',
      })
    expect(circle).toThrow('import each other')
    expect(() => write('export default 1;\n')).toThrow(SyntaxError)
    expect(() => write('import{a}from"./chunks/NONE.js";\n')).toThrow('NONE')
    expect(() => write('var a=`\nimport{a}from"text";`;\n')).toThrow('no import of text')
    expect(() => write('var $$$=1;\n')).toThrow('name of its own')
    expect(() => write('var a="\u00e4";\n')).toThrow('ASCII')
  })
})

describe('the code that V8 has compiled', () => {
  beforeEach(() =>
    write('import{a}from"./chunks/SHARED.js";console.log(a());\n', {
      SHARED: 'function f(){return 1}export{f as a};\n',
    }),
  )

  it('is stored once, and used by the next process', () => {
    expect(run()).toBe('1\n')
    const { ino, mtimeNs } = statSync(kept(), { bigint: true })
    expect(run()).toBe('1\n')
    // If another form of the code were stored, V8 would have refused it, and the file would be new.
    expect(statSync(kept(), { bigint: true })).toMatchObject({ ino, mtimeNs })
  })

  it('is not used for other code, even if it has the same length', () => {
    expect(run()).toBe('1\n')
    writeFileSync(code(), readFileSync(code(), 'utf8').replace('return 1', 'return 2'))
    expect([run(), run()]).toEqual(['2\n', '2\n'])
  })

  it('is not used if its file is damaged, and is then compiled again', () => {
    expect(run()).toBe('1\n')
    const content = readFileSync(kept())
    for (const at of [0, 40, content.length >> 1, content.length - 1]) {
      const damaged = Buffer.from(content)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      writeFileSync(kept(), damaged)
      expect(run()).toBe('1\n')
      expect(readFileSync(kept()).equals(damaged)).toBe(false)
    }
    writeFileSync(kept(), content.subarray(0, content.length - 9))
    expect(run()).toBe('1\n')
  })

  it('is not used by a V8 with other options', () => {
    expect([run(), run(['--no-opt']), run(['--no-opt']), run()]).toEqual(['1\n', '1\n', '1\n', '1\n'])
  })

  it('is not stored where other users can write', () => {
    expect(run()).toBe('1\n')
    rmSync(kept())
    chmodSync(join(directory, 'cache', 'lake-config'), 0o777)
    expect(run()).toBe('1\n')
    expect(existsSync(kept())).toBe(false)
  })
})
