/** Names the directory of a source's manifests and rejected lines. */

/** Relative to the lake. */
export const sourceDirectory = (key: string): string => `_lake/sources/${key}`
