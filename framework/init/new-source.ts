/** Declares the input and the output of writing a new project. */
import type { ColumnType } from '../declare/columns.ts'

/** A source that is declared from existing files. */
export interface NewSource {
  readonly key: string
  /** The name of the constant that its file exports. */
  readonly constant: string
  /** The text of `assets/KEY.ts`. */
  readonly declaration: string
  readonly columns: readonly { readonly name: string; readonly type: ColumnType; readonly nullable: boolean }[]
  /** Where its files are: a path relative to the project, or a URI. */
  readonly place: string
}

/** Path, relative to the project, -> content. */
export type ProjectFiles = Readonly<Record<string, string | Uint8Array>>
