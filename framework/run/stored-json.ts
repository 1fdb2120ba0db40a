/** The value that the text stands for; undefined where it was cut or damaged. */
export function parseStored<Value>(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}
