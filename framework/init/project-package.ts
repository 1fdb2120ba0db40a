/** Completes the package.json of a project. Existing entries stay. */
import * as z from 'zod'

const texts = z.record(z.string(), z.string())

/** The parts that are completed. Others are kept as they are. */
const packageSchema = z.looseObject({
  name: z.string().optional(),
  type: z.string().optional(),
  scripts: texts.optional(),
  dependencies: texts.optional(),
  devDependencies: texts.optional(),
})

type ProjectPackage = z.output<typeof packageSchema>

/** Returns undefined if the text is no package.json. */
export function parsePackage(text: string): ProjectPackage | undefined {
  try {
    return packageSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

const SCRIPTS = { test: 'tsc && vitest run' }

/**
 * `tools` are the versions of the packages that check and test the project. A package that the
 * project has already keeps its version.
 */
export function completePackage(
  name: string,
  existing: ProjectPackage | undefined,
  tools: Readonly<Record<string, string>>,
): ProjectPackage {
  const { scripts, dependencies, devDependencies } = existing ?? {}
  const missing = Object.entries(tools).filter(([tool]) => !dependencies?.[tool])
  return {
    ...(existing ?? { name, private: true }),
    type: existing?.type ?? 'module',
    // npm init writes a test script that only fails.
    scripts: { ...scripts, ...(isWritten(scripts?.test) ? {} : SCRIPTS) },
    devDependencies: sorted({ ...Object.fromEntries(missing), ...devDependencies }),
  }
}

const isWritten = (test: string | undefined): boolean => test !== undefined && !test.includes('no test specified')

const sorted = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)))
