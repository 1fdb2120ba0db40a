/** Whether `npm run fuzz` runs the tests. Some tests run only then. */
export const IS_FUZZ = process.env.LAKE_RUNS !== undefined
