/** Lists the examples that a new project can start from. */
import type { SimulateOptions } from '../simulate/simulate.ts'

export interface Example {
  /**
   * The directories of the package whose files the project begins with: there -> in the project.
   */
  readonly directories: Readonly<Record<string, string>>
  /** The table to look at first. */
  readonly table: string
  /** What `lake simulate` writes into the directory `data`. undefined if the files have data. */
  readonly data?: Omit<SimulateOptions, 'out'>
}

export const EXAMPLES = {
  orders: { directories: { 'docs/examples/orders': '' }, table: 'spending' },
  weblogs: { directories: { 'docs/examples/weblogs': '' }, table: 'traffic' },
  sparkify: {
    directories: { assets: 'assets', 'tests/assets': 'tests/assets' },
    table: 'songplays',
    data: { songs: 50, events: 2000, days: 5, seed: 1 },
  },
} as const satisfies Readonly<Record<string, Example>>

export type ExampleName = keyof typeof EXAMPLES

export const EXAMPLE_NAMES = Object.keys(EXAMPLES) as readonly ExampleName[]

/** The example of a project that names none and has no sources. */
export const FIRST_EXAMPLE: ExampleName = 'orders'
