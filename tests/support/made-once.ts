import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What tests install for themselves, kept between runs. */
export const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url))

/**
 * Makes what is to stand at `place` beside it, and moves it there whole: a killed run leaves no half of it. Of several processes one makes it
 * while the others wait.
 */
export function madeOnce(place: string, make: (making: string) => void): void {
  const lock = `${place}.lock`
  mkdirSync(CACHE, { recursive: true })
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

/** Whether the lock is this process's now. That of a process which is no more is lifted, with what it left. */
function locked(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = holderOf(lock)
  if (holder > 0 && !isAlive(holder)) {
    // What it started may still be writing there.
    rmSync(lock.replace(/lock$/, String(holder)), { recursive: true, force: true, maxRetries: 5 })
    rmSync(lock, { force: true })
  }
  return false
}

/** 0 where it has just been taken, or given back. */
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
