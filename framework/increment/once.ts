/** Puts work off until its value is asked for. */

/** Works the value out at the first call, and keeps it. */
export function once<Value>(work: () => Value): () => Value {
  let done: { readonly value: Value } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}
