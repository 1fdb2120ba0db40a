import type { Storage } from './storage.ts'

/** Whether the files are on this machine, so that their locations are paths. */
export const isLocal = ({ uri }: Pick<Storage, 'uri'>): boolean => !uri.includes('://')
