/** Computes a value when it is first needed. */

/** Calls `work` at the first call, and returns its value at every call. */
export function once<Value>(work: () => Value): () => Value {
  let done: { readonly value: Value } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}
