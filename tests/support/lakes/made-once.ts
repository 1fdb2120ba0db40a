/** Installs programs for the tests once, and keeps them in .cache/ between runs. */
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The directory in which the tests install programs. It stays between runs. Several checkouts can
 * link to one directory, and all of them find the same real path.
 */
export const CACHE = cacheDirectory()

function cacheDirectory(): string {
  const place = fileURLToPath(new URL('../../../.cache', import.meta.url))
  mkdirSync(place, { recursive: true })
  return realpathSync(place)
}

/**
 * Makes a directory next to `place`, and moves it there when it is complete. So a killed run leaves
 * nothing incomplete. One process makes the directory while others wait.
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
 * Takes the lock. Returns whether it succeeded. Removes the lock and the files of a dead process.
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
    // Children of the dead process can still write to this directory.
    rmSync(lock.replace(/lock$/, String(holder)), { recursive: true, force: true, maxRetries: 5 })
    rmSync(lock, { force: true })
  }
  return false
}

/** The id of the process that holds the lock. It is 0 if the lock was just taken or released. */
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
