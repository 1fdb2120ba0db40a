/** Declares the error for a damaged archive. */

/** The message is to follow the name of the archive: `is torn: it ends within its data`. */
export class ArchiveDamaged extends Error {}

export const torn = (where: string): ArchiveDamaged => new ArchiveDamaged(`is torn: it ends within ${where}`)
