/**
 * Which files of a project lake compiles itself, and for which it can store the result of checking.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { transform } from 'sucrase'
import { describe, expect, it } from 'vitest'
import { readsOf } from '../../../framework/cli/project/code/environment-reads.ts'
import { compilePlain } from '../../../framework/cli/project/code/plain-code.ts'

const compile = (source: string) => compilePlain(source, transform)

describe('a plain file', () => {
  it('imports lake and files of the project; its compiled code has the same lines', () => {
    const source =
      "import { text } from 'lake'\nimport type { A } from './a.ts'\nimport { b } from '../b.ts'\nexport const c = [text(), b as A]\n"
    const compiled = compile(source)
    expect(compiled?.imports).toEqual(['lake', '../b.ts'])
    expect(compiled?.code.split('\n')[3]).toMatch(/const c = .*exports\.c = c/)
  })

  it.each([
    ['a package', "import { z } from 'zod'\nexport const a = z"],
    ['a module of Node', "import { cpus } from 'node:os'\nexport const a = cpus()"],
    ['a file without its ending', "import { a } from './a'\nexport const b = a"],
    ['a module at run time', "export const a = import('./a.ts')"],
    ['by require', "const a = require('./a.ts')"],
    ['by an escaped name', "const a = req\\u0075ire('node:os')"],
    ['its own place', 'export const a = import.meta.url'],
  ])('does not import %s', (_, source) => {
    expect(compile(source)).toBeUndefined()
  })

  it('is valid code for the compiler', () => {
    expect(compile('export const = 1')).toBeUndefined()
  })
})

describe('the exports of a file', () => {
  it.each([
    ['its text', "export const a = [1, 'b', new Map([[String(3), Math.max(1, 2)]])]"],
    ['comments', '// The Date of a process.\n/* now, by Date */\n/**\n * process.env\n */\nexport const a = 1'],
    ['descriptions', "export const a = {\n  description: 'The Date of the Request.',\n}"],
    ['methods of queries', "db.selectFrom('a').select(({ eb }) => eb.case().when('b', '=', 1).then(2).end())"],
  ])('depend on nothing outside of the code: %s', (_, source) => {
    expect(readsOf(source)).toEqual([])
  })

  it('depend on the environment variables that the file names', () => {
    expect(readsOf('export const a = [process.env.B, process.env.A ?? process.env.B]')).toEqual(['A', 'B'])
  })

  it.each([
    ['the time', 'export const a = Date.now()'],
    ['the time, in a text', 'export const a = `${Date.now()}`'],
    ['chance', 'export const a = Math.random()'],
    ['all of the environment', 'const { env } = process; export const a = env.A'],
    ['a variable with a made name', "export const a = process.env['A' + b]"],
    ['the global object', "export const a = globalThis['Da' + 'te'].now()"],
    ['made code', "export const a = eval('1')"],
    ['made code, by a constructor', "export const a = (() => 1).constructor('return process')()"],
    ['the language of the machine', "export const a = ['ä', 'b'].sort((l, r) => l.localeCompare(r))"],
    ['the language of the machine, in numbers', 'export const a = (1e6).toLocaleString()'],
    ['rows', 'export const a = testAsset(b, {})'],
    ['what comes later', 'export const a = await b'],
    ['the place of a file', 'export const a = new Error().stack'],
    ['the parameters of its module', 'export const a = arguments[1]'],
    ['an escaped name', 'export const a = D\\u0061te.now()'],
    ['code after a comment', '/* a */ export const b = Date.now() /* c */'],
    ['code in a text that looks like a comment', 'const a = `\n// ${Date.now()}`'],
    ['code on a line of a text that looks like a comment', 'const a = `\n// ${Date.now()}\n`'],
    ['code in lines of a text that look like a comment', 'const a = `\n/* ${Date.now()} */\n`'],
    ['code after a text that goes on in the next line', "const a = 'b\\\n// c' + Date.now()"],
    ['code after a comment that ends with a line separator', '// a\u2028export const b = Date.now()'],
    ['code that looks like a description', "export const a = {\n  description: 'b' + Date.now() + 'c',\n}"],
  ])('can depend on something outside of the code: %s', (_, source) => {
    expect(readsOf(source)).toBeUndefined()
  })
})
