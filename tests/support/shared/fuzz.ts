/** Whether `npm run fuzz` runs the tests, and then also those that `npm test` leaves to it. */
export const IS_FUZZ = process.env.LAKE_RUNS !== undefined
