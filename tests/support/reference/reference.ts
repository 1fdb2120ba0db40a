/** Lists the generated documents. */
import { functionsDocument } from '../../../framework/expression/functions/functions-document.ts'
import { commandsDocument } from './commands-document.ts'
import { configurationDocument } from './configuration-document.ts'
import { eventsDocument } from './events-document.ts'

/** Maps each path in the project to the function that writes the document. */
export const REFERENCE: Readonly<Record<string, () => string>> = {
  'docs/reference/commands.md': commandsDocument,
  'docs/reference/configuration.md': configurationDocument,
  'docs/reference/events.md': eventsDocument,
  'docs/expressions.md': functionsDocument,
}
