// Loaded before a counted program (`node --require`). When the program ends, it writes to $BENCH_COUNTERS what the program did: figures that
// do not depend on how fast the machine is.
const fs = require('node:fs')
const module_ = require('node:module')
const { pathToFileURL } = require('node:url')
const vm = require('node:vm')
const { isMainThread } = require('node:worker_threads')

/** A data file or a source file that a statement names. */
const NAMED_FILE = /'[^']+\.(?:parquet|json|ndjson|csv)'/g

/** Files that are written as time passes. */
const WRITTEN_IN_TIME = /\/_lake\/(?:runs|leases)\//

if (isMainThread) {
  const counts = { statements: 0, files: 0 }
  const scripts = countScripts()
  const { readFileSync, writeFileSync } = fs
  countStatements(counts)
  countOpenedFiles(counts)
  const modules = countModules()
  process.on('exit', () => {
    const loaded = Atomics.load(modules, 0) + Object.keys(module_._cache).length + scripts.count
    const report = { ...counts, modules: loaded, ...bytesRead(readFileSync) }
    writeFileSync(process.env.BENCH_COUNTERS, JSON.stringify(report))
  })
}

/** Counts the statements that DuckDB is given, and the files that they name. */
function countStatements(counts) {
  const { dlopen } = process
  process.dlopen = (module, filename, ...flags) => {
    const opened = dlopen(module, filename, ...flags)
    if (!filename.endsWith('duckdb.node')) return opened
    // The functions of the add-on cannot be replaced, and work only as its own.
    const duckdb = module.exports
    const names = Object.getOwnPropertyNames(duckdb)
    module.exports = Object.fromEntries(
      names.map((name) => [name, typeof duckdb[name] === 'function' ? duckdb[name].bind(duckdb) : duckdb[name]]),
    )
    for (const name of ['query', 'prepare', 'extract_statements']) {
      module.exports[name] = (connection, sql) => {
        counts.statements += 1
        counts.files += sql.match(NAMED_FILE)?.length ?? 0
        return duckdb[name](connection, sql)
      }
    }
    return opened
  }
}

function countOpenedFiles(counts) {
  for (const [holder, name] of [
    [fs, 'open'],
    [fs, 'openSync'],
    [fs, 'readFile'],
    [fs, 'readFileSync'],
    [fs.promises, 'open'],
    [fs.promises, 'readFile'],
  ]) {
    const open = holder[name]
    holder[name] = (path, ...args) => {
      if (!WRITTEN_IN_TIME.test(path)) counts.files += 1
      return open(path, ...args)
    }
  }
  module_.syncBuiltinESMExports()
}

/** The number of scripts: the parts of the bundled program, and the files of the project. */
function countScripts() {
  const scripts = { count: 0 }
  vm.Script = class extends vm.Script {
    constructor(...args) {
      super(...args)
      scripts.count += 1
    }
  }
  return scripts
}

/** The number of imported modules. The loader counts on a thread of its own. */
function countModules() {
  const counter = new Int32Array(new SharedArrayBuffer(4))
  module_.register('./modules-hook.mjs', { parentURL: pathToFileURL(__filename), data: counter })
  return counter
}

/** Bytes that the process has read, of files in the system's cache too; none where there is no /proc. */
function bytesRead(readFileSync) {
  try {
    const [, read] = /^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8')) ?? []
    return { bytesRead: Number(read) }
  } catch {
    return {}
  }
}
