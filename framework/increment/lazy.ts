/** Computes a value when it is first needed. */

/** Calls `work` on the first call, and returns its value on every call. */
export function lazy<Value>(work: () => Value): () => Value {
  let done: { readonly value: Value } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}
