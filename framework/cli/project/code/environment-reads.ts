/** Finds what the exports of a file can depend on, besides its own text and its imports. */

/** Globals that give the same results everywhere. */
const CONSTANT_GLOBALS: ReadonlySet<string> = new Set([
  ...['Array', 'BigInt', 'Boolean', 'Error', 'Infinity', 'JSON', 'Map', 'Math', 'NaN', 'Number', 'Object'],
  ...['RangeError', 'RegExp', 'Set', 'String', 'Symbol', 'TypeError', 'undefined'],
  ...['isFinite', 'isNaN', 'parseFloat', 'parseInt'],
  // Every object has these, so the global object has them too.
  ...['hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toString', 'valueOf'],
])

/**
 * Names through which constant values give access to values that change: a random number, an
 * address in memory or a position in a file, the order in which things end, or the language of the
 * machine.
 */
const LEAVING: ReadonlySet<string> = new Set([
  ...['random', 'stack', 'captureStackTrace', 'prepareStackTrace', 'stackTraceLimit', 'caller', 'callee'],
  ...['async', 'await', 'testAsset', 'localeCompare', 'require', 'arguments'],
])

const ENVIRONMENT = /\bprocess\.env\.([A-Za-z_]\w*)/g
const NAME = /[A-Za-z_$][\w$]*/g

/**
 * Comments and descriptions that fill complete lines, and whose end is certain whatever comes
 * before them. Their words are not names.
 */
const PROSE = [
  /^\s*\/\/(?:(?!\*\/)[^`$\n\r\u2028\u2029])*$/gm,
  /^\s*\/\*(?:(?!\*\/)[^`$])*\*\/\s*$/gm,
  /^\s*description: '(?:(?!\*\/)[^'\\`$\n\r\u2028\u2029])*',$/gm,
]

/**
 * Returns the environment variables that a file names. undefined if one of its words can be the
 * name of anything else that differs from run to run. Most words in comments and texts count too.
 *
 * A name in a file is bound in the file, or imported, or a property of the global object, or a
 * parameter of modules. The file contains no names of properties of the global object except
 * constant ones. A file is not detected if it builds such a name from parts, and reads the property
 * of that name.
 */
export function readsOf(source: string): readonly string[] | undefined {
  // Escapes in names, and texts that continue on the next line.
  if (/\\(?:u|[\n\r\u2028\u2029])/.test(source)) return undefined
  const variables = new Set([...source.matchAll(ENVIRONMENT)].map(([, name = '']) => name))
  const code = PROSE.reduce((text, prose) => text.replaceAll(prose, ''), source)
  const others = new Set(code.replaceAll(ENVIRONMENT, ' ').match(NAME))
  for (const name of others) if (!isConstant(name)) return undefined
  return [...variables].toSorted()
}

const isConstant = (name: string): boolean =>
  CONSTANT_GLOBALS.has(name) || !(name in globalThis || LEAVING.has(name) || name.startsWith('toLocale'))
