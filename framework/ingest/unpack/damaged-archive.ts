/** Says what is wrong with an archive. */

/** The message follows the name of the archive: `is torn: it ends within its data`. */
export class ArchiveDamaged extends Error {}

export const torn = (where: string): ArchiveDamaged => new ArchiveDamaged(`is torn: it ends within ${where}`)
