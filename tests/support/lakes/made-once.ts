/** Makes what the tests install once, and keeps it in .cache/ between runs. */
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The directory in which the tests install programs. It is kept between runs. Several checkouts can
 * link to one: its real path is the same for all of them.
 */
export const CACHE = cacheDirectory()

function cacheDirectory(): string {
  const place = fileURLToPath(new URL('../../../.cache', import.meta.url))
  mkdirSync(place, { recursive: true })
  return realpathSync(place)
}

/**
 * Makes a directory beside `place` and moves it there when it is complete, so that a killed run
 * leaves nothing incomplete. One process makes it while others wait.
 */
export function madeOnce(place: string, make: (making: string) => void): void {
  const lock = `${place}.lock`
  while (!existsSync(place)) {
    if (!locked(lock)) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      continue
    }
    const making = `${place}.${process.pid}`
    try {
      if (existsSync(place)) return
      make(making)
      renameSync(making, place)
    } finally {
      rmSync(making, { recursive: true, force: true })
      rmSync(lock, { force: true })
    }
  }
}

/**
 * Takes the lock, and returns whether it succeeded. Removes the lock and files of a dead process.
 */
function locked(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = holderOf(lock)
  if (holder > 0 && !isAlive(holder)) {
    // Children of the dead process can still write there.
    rmSync(lock.replace(/lock$/, String(holder)), { recursive: true, force: true, maxRetries: 5 })
    rmSync(lock, { force: true })
  }
  return false
}

/** The process that holds the lock; 0 if it was just taken or released. */
function holderOf(lock: string): number {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return 0
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
