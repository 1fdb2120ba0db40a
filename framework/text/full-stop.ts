/** Removes the full stop of a message that goes on in the text of another. */

export const withoutFullStop = (message: string): string => message.replace(/\.$/, '')
