/** Knows the days of the calendar in the years that the engines have. */

export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return isYear(year) && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month)
}

export function daysOfMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

export function isYear(year: number): boolean {
  return year >= 1 && year <= 9999
}
