/** Distinguishes local storages from remote ones. */
import type { Storage } from './storage.ts'

/** Whether the files are on this machine. Their locations are then paths. */
export const isLocal = ({ uri }: Pick<Storage, 'uri'>): boolean => !uri.includes('://')
