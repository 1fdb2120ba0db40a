/** Formats counts, sizes, durations and times for readers of the page. */

export const count = (value: number | null): string => (value === null ? '' : value.toLocaleString('en'))

export function bytes(value: number | null): string {
  if (value === null) return ''
  const power = Math.min(4, Math.floor(Math.log10(Math.max(1, value)) / 3))
  return power === 0 ? `${value} B` : `${(value / 1000 ** power).toFixed(1)} ${['kB', 'MB', 'GB', 'TB'][power - 1]}`
}

export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return ''
  const seconds = milliseconds / 1000
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** In UTC, as everywhere in lake: `2018-11-21 21:56`. */
export const moment = (iso: string | null): string => (iso === null ? '' : iso.slice(0, 16).replace('T', ' '))

export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`
