/**
 * Turns the modules that esbuild has bundled into functions, one after the other in one file.
 * framework/boot/bundled-code.ts compiles each of them when it is needed, and keeps V8's form of
 * it, which Node 20 cannot do for modules.
 */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { Script } from 'node:vm'

/** What the text of a chunk calls its `ChunkScope`; see framework/boot/bundled-code.ts. */
export const SCOPE = '$$$'
const OTHER_SCOPE = /(?<![\w$])\$\$\$(?![\w$.])/

/**
 * An import for its effects alone. esbuild writes one for each chunk that another one loads. It can
 * be dropped: a chunk imports by name what it uses, and no module has effects that others need.
 */
const BARE_IMPORT = /(?<=^|[;\n])import"\.[^"]*";/g
/**
 * An import in the form that esbuild writes: `import a,{b as c}from"d";`, `import*as a from"b";`.
 */
const IMPORT = /(?<=^|[;}\n])import(?: ([\w$]+),? ?)?(?:\{([^}]*)\}|\*as ([\w$]+) )?from"([^"]+)";/g
const EXPORT = /export\{([^}]*)\};\s*$/
const DYNAMIC_IMPORT = /(?<![.\w$])import\("([^"]+)"\)/g
/** Between two statements that import chunks. */
const NEXT_CONST = /(?<=\.c\(\d+\));const (?=\{[^}]*\}=\$\$\$\.c\()/g
/** CommonJS modules in the bundle call `require`. */
const CALLS_REQUIRE = /(?<![.\w$])require\b/
const HASH_BANG = /^#!.*\n/

/**
 * Returns the text of the file. `outputs` are the files that esbuild wrote. Each has its imports,
 * as esbuild lists them, and the name of the source whose exports it has; shared code has no name.
 */
export function bundleChunks(outputs) {
  const indexes = new Map(outputs.map(({ path }, index) => [basename(path), index]))
  const chunks = outputs.map((output) => chunkOf(output, indexes))
  refuseCircles(chunks)
  const code = chunks.map(({ text }) => text).join('')
  if (Buffer.byteLength(code) !== code.length) throw new Error('the bundled code is not ASCII')
  const rows = chunks.map(({ text, root }, index) => {
    const row = [text.length, text.split('\n').length - 1]
    return root === undefined ? row : [...row, root, ...packagesOf(chunks, index)]
  })
  return `${JSON.stringify({ build: hashOf(code), chunks: rows })}\n${code}`
}

const hashOf = (code) => createHash('sha256').update(code).digest('hex').slice(0, 8).toUpperCase()

/** Packages that the chunk and all chunks that it imports need. */
function packagesOf(chunks, root) {
  const needed = new Set([root])
  for (const index of needed) for (const other of chunks[index].imported) needed.add(other)
  return [...new Set([...needed].flatMap((index) => chunks[index].packages))]
}

function chunkOf({ path, text, root, imports: listed }, indexes) {
  if (OTHER_SCOPE.test(text)) throw new Error(`${path} has a name of its own that is ${SCOPE}`)
  const imports = new Imports(indexes, listed)
  const body = text
    .replace(HASH_BANG, '')
    .replace(BARE_IMPORT, '')
    .replace(IMPORT, (...found) => imports.constants(found))
    .replace(EXPORT, (_, names) => `return{${pairs(names).map(([from, to]) => `${to}:${from}`)}}`)
    .replace(DYNAMIC_IMPORT, (_, specifier) => imports.later(specifier))
    .replace(NEXT_CONST, ',')
  const require = CALLS_REQUIRE.test(body) ? `const require=${SCOPE}.n("module").createRequire(${SCOPE}.u);` : ''
  const chunk = `${require}${body.trimEnd()}\n`
  // An import or export that was not found is a syntax error in a function.
  new Script(`(function(${SCOPE}){"use strict";${chunk}})`, { filename: path })
  return { path, text: chunk, root, ...imports }
}

/** What a chunk imports, written as calls of its scope. */
class Imports {
  imported = []
  packages = []
  #indexes
  #listed

  constructor(indexes, listed) {
    this.#indexes = indexes
    this.#listed = new Set(listed.map((path) => (path.startsWith('dist/') ? basename(path) : path)))
  }

  /**
   * The statement for a match of IMPORT. A module of Node is its own default export. (Nothing here
   * exports a variable that changes later.)
   */
  constants([, whole, names, all, specifier]) {
    this.#refuseText(specifier)
    const taken = this.#taken(specifier)
    const defaultTo = specifier.startsWith('node:') ? whole : `{default:${whole}}`
    const targets = [
      ...(whole === undefined ? [] : [defaultTo]),
      ...(names === undefined ? [] : [`{${pairs(names).map(([from, to]) => `${from}:${to}`)}}`]),
      ...(all === undefined ? [] : [all]),
    ]
    return `const ${targets.map((target) => `${target}=${taken}`)};`
  }

  later(specifier) {
    this.#refuseText(specifier)
    return specifier.startsWith('.') ? `${SCOPE}.i(${this.#indexOf(specifier)})` : `${SCOPE}.q("${specifier}")`
  }

  /** Text in the code can look like an import. */
  #refuseText(specifier) {
    if (this.#listed.has(specifier.startsWith('.') ? basename(specifier) : specifier)) return
    throw new Error(`esbuild knows no import of ${specifier}`)
  }

  #taken(specifier) {
    if (specifier.startsWith('node:')) return `${SCOPE}.n("${specifier.slice('node:'.length)}")`
    if (!specifier.startsWith('.')) {
      this.packages.push(specifier)
      return `${SCOPE}.p("${specifier}")`
    }
    const index = this.#indexOf(specifier)
    this.imported.push(index)
    return `${SCOPE}.c(${index})`
  }

  #indexOf(specifier) {
    const index = this.#indexes.get(basename(specifier))
    if (index === undefined) throw new Error(`esbuild has written no chunk ${specifier}`)
    return index
  }
}

/** `a,b as c` -> [['a', 'a'], ['b', 'c']] */
const pairs = (names) =>
  names.split(',').flatMap((name) => {
    const [from, to = from] = name.trim().split(' as ')
    return from === '' ? [] : [[from, to]]
  })

/** A chunk gives its exports to others only after it has run, so no chunk may need itself. */
function refuseCircles(chunks) {
  const done = new Set()
  const visit = (index, above) => {
    const path = [...above, index]
    if (above.includes(index)) throw new Error(`chunks import each other: ${path.map((one) => chunks[one].path)}`)
    if (done.has(index)) return
    for (const other of chunks[index].imported) visit(other, path)
    done.add(index)
  }
  for (const index of chunks.keys()) visit(index, [])
}
