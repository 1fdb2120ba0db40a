/**
 * Runs the program as a user without special rights, because root can read and write everything.
 */
import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type LakeOptions, lake } from './lake-process.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
/** The user for tests of what is forbidden. */
export const OTHER_USER: LakeOptions = isRoot ? { uid: NOBODY } : {}
export const canBeOtherUser = lake(['--version'], OTHER_USER).status === 0

/** Lets every user write to a project. */
export function allowEveryUser(directory: string): void {
  chmodSync(directory, 0o777)
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
  for (const entry of paths) chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o777 : 0o666)
}
