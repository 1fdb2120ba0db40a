/** Compiles files of a project that import only lake and other such files. */
import type { transform as sucrase } from 'sucrase'
import { readsOf } from './environment-reads.ts'

/** A compiled file. Depends on nothing but the file's text. */
interface PlainCode {
  /** The body of a CommonJS module. Its lines have the numbers of the source's lines. */
  readonly code: string
  /** What it imports: `lake`, or files of the project by relative paths that end in `.ts`. */
  readonly imports: readonly string[]
  /**
   * The environment variables that its exports can depend on, besides its own text and imports.
   * undefined if they can depend on other things, such as the time.
   */
  readonly reads: readonly string[] | undefined
}

const IMPORTABLE = /^(?:lake|\.\.?\/.*\.ts)$/s
const REQUIRE = /\brequire\(\s*'([^'\\\n]*)'\s*\)/g

/**
 * Compiles a file of TypeScript. Returns undefined if the file is not plain: it imports anything
 * else, or can contain syntax that the compiler does not know. Then jiti loads the project.
 */
export function compilePlain(source: string, transform: typeof sucrase): PlainCode | undefined {
  // After this, all calls of `require` in the code are the compiler's own.
  if (/\brequire\b|\bimport\s*[.(]|\\u/.test(source)) return undefined
  const code = compiled(source, transform)
  if (code === undefined) return undefined
  const imports = [...code.matchAll(REQUIRE)].map(([, specifier = '']) => specifier)
  const known = imports.length === [...code.matchAll(/\brequire\b/g)].length
  if (!known || !imports.every((specifier) => IMPORTABLE.test(specifier))) return undefined
  return { code, imports: [...new Set(imports)], reads: readsOf(source) }
}

function compiled(source: string, transform: typeof sucrase): string | undefined {
  try {
    return transform(source, { transforms: ['typescript', 'imports'], disableESTransforms: true }).code
  } catch {
    // jiti loads the file instead and reports the mistake with its position.
    return undefined
  }
}
