/** Formats numbers of things. */
/**
 * Formats a whole number: `6,820`. (An Intl.NumberFormat takes longer to create than most commands
 * take to print.)
 */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Formats a count with its noun: `1 row`, `6,820 rows`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${value === 1 ? noun : `${noun}s`}`
}
