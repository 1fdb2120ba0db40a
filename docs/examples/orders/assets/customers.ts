import { csv, defineSource, text } from 'lake'

export const customers = defineSource({
  key: 'customers',
  description: 'One CSV record per customer. An address is over several lines, in quotes.',
  format: csv(),
  columns: { id: text(), name: text(), country: text().length(2), address: text().nullable() },
})
