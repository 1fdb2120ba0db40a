/** The clusters and steps that the stand-in of EMR keeps. */
import type { ChildProcess } from 'node:child_process'
import type { EmrFault } from './faults.ts'

export type StepState = 'PENDING' | 'CANCEL_PENDING' | 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED' | 'INTERRUPTED'

export type ClusterState =
  | 'STARTING'
  | 'BOOTSTRAPPING'
  | 'RUNNING'
  | 'WAITING'
  | 'TERMINATING'
  | 'TERMINATED'
  | 'TERMINATED_WITH_ERRORS'

export interface Reason {
  readonly Code: string
  readonly Message: string
}

/** The parts of a StepConfig that the stand-in uses. */
export interface StepConfig {
  readonly Name: string
  readonly ActionOnFailure?: string
  readonly HadoopJarStep: { readonly Jar: string; readonly Args?: readonly string[]; readonly MainClass?: string }
}

export interface StepModel {
  readonly id: string
  readonly config: StepConfig
  readonly fault: EmrFault | undefined
  readonly createdAt: number
  state: StepState
  startedAt?: number
  endedAt?: number
  process?: ChildProcess
  /** All output so far. */
  stdout: string
  failure?: { readonly Reason: string; readonly Message?: string; readonly LogFile?: string }
  /** How many answers have shown the failure so far. */
  timesShown: number
}

export interface ClusterModel {
  readonly id: string
  readonly name: string
  readonly tags: readonly { readonly Key: string; readonly Value: string }[]
  readonly keepAlive: boolean
  readonly logUri: string | undefined
  readonly releaseLabel: string | undefined
  readonly idleTimeoutSeconds: number | undefined
  readonly bootstrapActions: boolean
  readonly request: Readonly<Record<string, unknown>>
  readonly createdAt: number
  stepConcurrencyLevel: number
  terminationProtected: boolean
  /** Whether the first core instance was taken away. */
  isReclaimed?: boolean
  state: ClusterState
  reason?: Reason
  readyAt?: number
  endedAt?: number
  /** The steps, oldest first. */
  readonly steps: StepModel[]
}

export const isActive = ({ state }: StepModel): boolean =>
  state === 'PENDING' || state === 'RUNNING' || state === 'CANCEL_PENDING'

export const isUp = ({ state }: ClusterModel): boolean => state === 'RUNNING' || state === 'WAITING'

/** Whether steps can be added to the cluster, and whether it can be terminated. */
export const isOpen = (cluster: ClusterModel): boolean =>
  cluster.state === 'STARTING' || cluster.state === 'BOOTSTRAPPING' || isUp(cluster)

/** An answer of the service with an error. */
export class ServiceError extends Error {
  readonly status: number
  readonly errorCode: string | undefined

  constructor(name: string, message: string, more: { readonly status?: number; readonly errorCode?: string } = {}) {
    super(message)
    this.name = name
    this.status = more.status ?? 400
    this.errorCode = more.errorCode
  }
}

export const validation = (message: string) => new ServiceError('ValidationException', message)
export const invalid = (message: string, errorCode?: string) =>
  new ServiceError('InvalidRequestException', message, errorCode === undefined ? {} : { errorCode })
