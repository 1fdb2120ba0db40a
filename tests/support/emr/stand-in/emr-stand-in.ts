/**
 * A server that speaks the protocol of EMR, and that runs each step of its clusters as a process.
 */
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { type Delays, Emulation } from './emulation.ts'
import { CallLog, type EmrFault, type PlannedFault, type RecordedCall } from './faults.ts'
import { type ClusterModel, ServiceError, type StepModel } from './model.ts'
import { type Input, OPERATIONS } from './operations.ts'
import type { StepCommand } from './step-process.ts'

const TARGET_PREFIX = 'ElasticMapReduce.'
const QUICK: Delays = { start: 2, bootstrap: 2, terminate: 2, second: 1000 }

export interface StandInOptions {
  /**
   * Gives the program to run for a step of command-runner.jar. `args` begin with `spark-submit`.
   * `release` is the release of the cluster.
   */
  readonly runStep: (args: readonly string[], release: string) => StepCommand
  readonly faults?: readonly PlannedFault[]
  readonly delays?: Partial<Delays>
  /** The clock of calls, clusters and steps, in milliseconds. */
  readonly now?: () => number
  /**
   * Where the logs of steps go: a directory in place of LogUri, or a function that gets each file
   * with its path below LogUri.
   */
  readonly logs?: string | ((path: string, body: Uint8Array) => Promise<void>)
  /** The port. Default: a free port. */
  readonly port?: number
}

export interface EmrStandIn {
  /** The value of AWS_ENDPOINT_URL_EMR. */
  readonly url: string
  /** All calls so far, in order. */
  readonly calls: readonly RecordedCall[]
  readonly clusters: readonly ClusterModel[]
  count(call: string): number
  /** All steps of all clusters, oldest first. */
  steps(): readonly StepModel[]
  /** Adds a cluster that another owner keeps running. */
  addCluster(
    cluster?: Partial<
      Pick<ClusterModel, 'name' | 'tags' | 'releaseLabel' | 'logUri' | 'stepConcurrencyLevel' | 'terminationProtected'>
    >,
  ): ClusterModel
  /** Terminates the cluster's instances. */
  lose(clusterId: string): void
  /** Takes a core instance away from the cluster. */
  reclaim(clusterId: string): void
  /** Lets calls that were held back have their effect. */
  letGo(): void
  /**
   * Resolves when `isSo` returns true. The stand-in calls it whenever a cluster, a step or a call
   * changes something.
   */
  until(isSo: () => boolean): Promise<void>
  /** Ends all running steps and the server. */
  close(): Promise<void>
}

/**
 * Stands in for the control plane of EMR: it speaks EMR's protocol, follows its rules, and really
 * runs the steps.
 */
export async function startEmrStandIn(options: StandInOptions): Promise<EmrStandIn> {
  const now = options.now ?? Date.now
  const delays = { ...QUICK, ...options.delays }
  const emulation = new Emulation({ runStep: options.runStep, delays, now, writeLog: logWriter(options.logs) })
  const log = new CallLog(options.faults ?? [], now)
  const waiting = new Set<() => void>()
  const held: Call[] = []
  const changed = () => {
    for (const look of [...waiting]) look()
  }
  emulation.watch(changed)
  const server = createServer((request, response) => {
    void answer(request, response, { emulation, log, held }).finally(changed)
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: log.calls,
    clusters: emulation.clusters,
    count: (call) => log.count(call),
    steps: () => emulation.clusters.flatMap(({ steps }) => steps),
    addCluster: (cluster = {}) => runningCluster(emulation, cluster),
    lose: (clusterId) => {
      const cluster = emulation.clusters.find(({ id }) => id === clusterId)
      if (cluster) emulation.fail(cluster, { Code: 'INSTANCE_FAILURE', Message: 'Instance i-0 was terminated' })
    },
    reclaim: (clusterId) => {
      const cluster = emulation.clusters.find(({ id }) => id === clusterId)
      if (cluster) cluster.isReclaimed = true
    },
    letGo: () => {
      for (const call of held.splice(0)) perform(emulation, call)
    },
    until: (isSo) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isSo()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: async () => {
      await emulation.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Service {
  readonly emulation: Emulation
  readonly log: CallLog
  /** The calls that have had no effect yet. */
  readonly held: Call[]
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { emulation, log, held }: Service,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const name = String(request.headers['x-amz-target'] ?? '').replace(TARGET_PREFIX, '')
  const input = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Input
  const fault = log.record(name, input)
  if (fault?.kind === 'held-back') {
    held.push({ name, input, fault })
    request.socket.destroy()
    return
  }
  try {
    const output = perform(emulation, { name, input, fault })
    if (fault?.kind === 'lost-response') request.socket.destroy()
    else send(response, 200, output)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const { name: type, message, status, errorCode } = error
    send(response, status, { __type: type, message, Message: message, ErrorCode: errorCode })
  }
}

interface Call {
  readonly name: string
  readonly input: Input
  readonly fault: EmrFault | undefined
}

function perform(emulation: Emulation, { name, input, fault }: Call): unknown {
  if (fault?.kind === 'error-500') throw new ServiceError('InternalServerError', 'Internal error', { status: 500 })
  if (fault?.kind === 'throttled') throw new ServiceError('ThrottlingException', 'Rate exceeded')
  if (fault?.kind === 'refused') throw new ServiceError(fault.name, fault.message)
  const operation = OPERATIONS.get(name)
  if (!operation) throw new ServiceError('UnknownOperationException', `${name} is not known here`)
  return operation(emulation, input, fault)
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(JSON.stringify(body))
}

function logWriter(logs: StandInOptions['logs']): (path: string, body: Uint8Array) => Promise<void> {
  if (typeof logs === 'function') return logs
  if (logs === undefined) return async () => undefined
  return async (path, body) => {
    await mkdir(dirname(join(logs, path)), { recursive: true })
    await writeFile(join(logs, path), body)
  }
}

function runningCluster(emulation: Emulation, given: Parameters<EmrStandIn['addCluster']>[0] & {}): ClusterModel {
  const cluster: ClusterModel = {
    id: emulation.newId('j'),
    name: given.name ?? 'somebody',
    tags: given.tags ?? [],
    keepAlive: true,
    logUri: given.logUri,
    releaseLabel: given.releaseLabel ?? 'emr-7.14.0',
    idleTimeoutSeconds: undefined,
    bootstrapActions: false,
    request: {},
    createdAt: emulation.now(),
    stepConcurrencyLevel: given.stepConcurrencyLevel ?? 1,
    terminationProtected: given.terminationProtected ?? false,
    state: 'STARTING',
    steps: [],
  }
  emulation.clusters.push(cluster)
  emulation.ready(cluster)
  return cluster
}
