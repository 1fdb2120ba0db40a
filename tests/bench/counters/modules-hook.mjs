// Counts the modules that a program imports: see counters-hook.cjs.
let counter

export function initialize(shared) {
  counter = shared
}

export function load(url, context, next) {
  Atomics.add(counter, 0, 1)
  return next(url, context)
}
