/** The clusters and steps of the stand-in, and how they change over time. */
import { once } from 'node:events'
import type { EmrFault } from './faults.ts'
import {
  type ClusterModel,
  type ClusterState,
  isActive,
  isOpen,
  isUp,
  type Reason,
  type StepConfig,
  type StepModel,
  type StepState,
} from './model.ts'
import { killStep, type StepCommand, type StepExit, startStep, stepLogs } from './step-process.ts'

/** How long the cloud takes for its work, in milliseconds of real time. */
export interface Delays {
  readonly start: number
  readonly bootstrap: number
  readonly terminate: number
  /** How long a second of an idle timeout lasts, in milliseconds. */
  readonly second: number
}

export interface EmulationOptions {
  /**
   * Gives the program to run for a step of command-runner.jar with these arguments, on a cluster of
   * this release.
   */
  readonly runStep: (args: readonly string[], release: string) => StepCommand
  readonly delays: Delays
  readonly now: () => number
  /** Writes a log file to a path relative to LogUri. */
  readonly writeLog: (path: string, body: Uint8Array) => Promise<void>
}

/** The clusters with their steps, and how they change over time. */
export class Emulation {
  readonly clusters: ClusterModel[] = []
  readonly #options: EmulationOptions
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #watchers = new Set<() => void>()
  readonly #ending = new Set<Promise<void>>()
  #ids = 0
  #closed = false

  constructor(options: EmulationOptions) {
    this.#options = options
  }

  newId(prefix: 'j' | 's'): string {
    this.#ids++
    return `${prefix}-${String(this.#ids).padStart(13, '0')}`
  }

  now(): number {
    return this.#options.now()
  }

  /**
   * Calls `changed` whenever something can have changed. Returns a function that ends these calls.
   */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  /** Starts the cluster. */
  start(cluster: ClusterModel, fault: EmrFault | undefined): void {
    this.clusters.push(cluster)
    const { start, bootstrap } = this.#options.delays
    this.#after(start, () => {
      if (cluster.state !== 'STARTING') return
      if (fault?.kind === 'no-capacity') {
        const Message = 'The instance fleet CORE got no instances in time'
        this.#failWithSteps(cluster, { Code: 'INSTANCE_FLEET_TIMEOUT', Message })
        return
      }
      this.#enter(cluster, 'BOOTSTRAPPING')
      this.#after(bootstrap, () => {
        if (cluster.state !== 'BOOTSTRAPPING') return
        if (fault?.kind === 'bootstrap-failure') {
          const Message = 'On the master instance (i-0), bootstrap action 1 returned a non-zero return code'
          this.#failWithSteps(cluster, { Code: 'BOOTSTRAP_FAILURE', Message })
          return
        }
        this.ready(cluster)
      })
    })
  }

  ready(cluster: ClusterModel): void {
    cluster.readyAt = this.now()
    this.#enter(cluster, 'RUNNING')
    this.#schedule(cluster)
  }

  addStep(cluster: ClusterModel, config: StepConfig, fault: EmrFault | undefined): StepModel {
    const step: StepModel = {
      id: this.newId('s'),
      config,
      fault,
      createdAt: this.now(),
      state: 'PENDING',
      stdout: '',
      timesShown: 0,
    }
    cluster.steps.push(step)
    this.#after(0, () => this.#schedule(cluster))
    return step
  }

  /** Terminates the cluster: by request, at the end of its last step, or by an idle timeout. */
  terminate(cluster: ClusterModel, reason: Reason, end: ClusterState = 'TERMINATED'): void {
    if (!isOpen(cluster)) return
    cluster.reason = reason
    this.#enter(cluster, 'TERMINATING')
    for (const step of cluster.steps.filter(isActive)) {
      this.endStep(cluster, step, 'CANCELLED')
      killStep(step.process)
    }
    this.#after(this.#options.delays.terminate, () => {
      cluster.endedAt = this.now()
      this.#enter(cluster, end)
    })
  }

  fail(cluster: ClusterModel, reason: Reason): void {
    this.terminate(cluster, reason, 'TERMINATED_WITH_ERRORS')
  }

  /**
   * A real start takes minutes, in which the run adds its first step. This emulation waits for that
   * step.
   */
  #failWithSteps(cluster: ClusterModel, reason: Reason): void {
    if (cluster.steps.length > 0) this.fail(cluster, reason)
    else if (isOpen(cluster)) this.#after(1, () => this.#failWithSteps(cluster, reason))
  }

  endStep(cluster: ClusterModel, step: StepModel, state: StepState): void {
    if (!isActive(step)) return
    step.state = state
    step.endedAt = this.now()
    this.#changed()
    this.#after(0, () => this.#schedule(cluster))
  }

  /**
   * Kills all running steps. Resolves when they have ended and the emulation plans nothing more.
   */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const { process } of this.clusters.flatMap(({ steps }) => steps)) {
      if (process?.exitCode !== null || process.signalCode !== null) continue
      killStep(process)
      await once(process, 'close')
    }
    await Promise.all(this.#ending)
    this.#watchers.clear()
  }

  /** Starts the steps that can start, and decides the state of the cluster. */
  #schedule(cluster: ClusterModel): void {
    if (!isUp(cluster)) return
    const running = cluster.steps.filter(({ state }) => state === 'RUNNING' || state === 'CANCEL_PENDING').length
    const pending = cluster.steps.filter(({ state }) => state === 'PENDING')
    for (const step of pending.slice(0, Math.max(cluster.stepConcurrencyLevel - running, 0))) this.#run(cluster, step)
    if (cluster.steps.some(isActive)) {
      if (cluster.state === 'WAITING') this.#enter(cluster, 'RUNNING')
      return
    }
    if (!cluster.keepAlive) {
      this.terminate(cluster, { Code: 'ALL_STEPS_COMPLETED', Message: 'Steps completed' })
      return
    }
    if (cluster.state === 'RUNNING') this.#idle(cluster)
  }

  #idle(cluster: ClusterModel): void {
    this.#enter(cluster, 'WAITING')
    const { idleTimeoutSeconds } = cluster
    const steps = cluster.steps.length
    // A real start takes minutes, in which the run adds its first step. This emulation waits for
    // that step.
    if (idleTimeoutSeconds === undefined || steps === 0) return
    this.#after(idleTimeoutSeconds * this.#options.delays.second, () => {
      if (cluster.state !== 'WAITING' || cluster.steps.length !== steps) return
      this.terminate(cluster, { Code: 'ALL_STEPS_COMPLETED', Message: 'Cluster idle, terminated by its policy' })
    })
  }

  #run(cluster: ClusterModel, step: StepModel): void {
    step.state = 'RUNNING'
    step.startedAt = this.now()
    const { Args = [] } = step.config.HadoopJarStep
    const command = this.#options.runStep(Args, cluster.releaseLabel ?? '')
    step.process = startStep(command, {
      printed: (stdout) => {
        step.stdout = stdout
        this.#changed()
      },
      ended: (exit) => {
        const done = this.#exited(cluster, step, exit).finally(() => this.#ending.delete(done))
        this.#ending.add(done)
      },
    })
    this.#changed()
    if (step.fault?.kind === 'step-interrupted') {
      this.endStep(cluster, step, 'INTERRUPTED')
      killStep(step.process)
    }
    if (step.fault?.kind === 'cluster-lost') {
      this.fail(cluster, { Code: 'INSTANCE_FAILURE', Message: 'The master failed: instance i-0 was terminated' })
    }
  }

  async #exited(cluster: ClusterModel, step: StepModel, exit: StepExit): Promise<void> {
    if (step.fault?.kind !== 'log-missing') {
      for (const [name, body] of stepLogs(exit)) {
        await this.#options.writeLog(`${cluster.id}/steps/${step.id}/${name}`, body)
      }
    }
    if (step.state === 'CANCEL_PENDING') this.endStep(cluster, step, 'CANCELLED')
    else if (exit.code === 0) this.endStep(cluster, step, 'COMPLETED')
    else if (isActive(step)) {
      step.failure = failureOf(cluster, step, exit)
      this.endStep(cluster, step, 'FAILED')
      this.#actOnFailure(cluster, step)
    }
  }

  #actOnFailure(cluster: ClusterModel, step: StepModel): void {
    if (cluster.stepConcurrencyLevel > 1) return
    const action = step.config.ActionOnFailure ?? 'TERMINATE_CLUSTER'
    if (action === 'CANCEL_AND_WAIT') {
      for (const other of cluster.steps.filter(({ state }) => state === 'PENDING')) {
        this.endStep(cluster, other, 'CANCELLED')
      }
    }
    if (action.startsWith('TERMINATE')) {
      this.fail(cluster, { Code: 'STEP_FAILURE', Message: `Shut down as step ${step.id} failed` })
    }
  }

  #enter(cluster: ClusterModel, state: ClusterState): void {
    cluster.state = state
    this.#changed()
  }

  #changed(): void {
    for (const changed of [...this.#watchers]) changed()
  }

  #after(milliseconds: number, act: () => void): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }
}

/**
 * Reports what EMR would report: what it finds in stderr. A Python error is in stdout, where EMR
 * does not look.
 */
function failureOf(cluster: ClusterModel, step: StepModel, exit: StepExit): NonNullable<StepModel['failure']> {
  const line = exit.stderr
    .trimEnd()
    .split('\n')
    .findLast((text) => /error|exception/i.test(text))
  return {
    Reason: line === undefined ? 'Unknown Error.' : 'Application error',
    ...(line !== undefined && { Message: line }),
    ...(cluster.logUri !== undefined && { LogFile: `${cluster.logUri}${cluster.id}/steps/${step.id}/stderr.gz` }),
  }
}
