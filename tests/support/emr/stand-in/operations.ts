/** The operations of EMR's API that the stand-in answers. */
import type { Emulation } from './emulation.ts'
import type { EmrFault } from './faults.ts'
import { type ClusterModel, invalid, isActive, isOpen, type StepConfig, type StepModel, validation } from './model.ts'
import { describeCluster, listedStep, summarizeCluster } from './shapes.ts'
import { interruptStep, killStep } from './step-process.ts'

const PAGE = 50
const MOST_ACTIVE = 256
const MOST_CHARACTERS = 10_240

export type Input = Readonly<Record<string, unknown>>
type Operation = (emulation: Emulation, input: Input, fault: EmrFault | undefined) => unknown

/** Maps the last part of X-Amz-Target to the operation. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['RunJobFlow', runJobFlow],
  ['DescribeCluster', (emulation, input) => ({ Cluster: describeCluster(clusterOf(emulation, input.ClusterId)) })],
  ['ListClusters', listClusters],
  ['TerminateJobFlows', terminateJobFlows],
  ['AddJobFlowSteps', addJobFlowSteps],
  ['ListSteps', listSteps],
  ['DescribeStep', (emulation, input, fault) => ({ Step: listedStep(stepOf(emulation, input), fault) })],
  ['CancelSteps', cancelSteps],
  ['ListInstances', listInstances],
  ['DescribeReleaseLabel', describeReleaseLabel],
])

interface RunJobFlowInput {
  readonly Name?: string
  readonly LogUri?: string
  readonly ReleaseLabel?: string
  readonly Instances?: { readonly KeepJobFlowAliveWhenNoSteps?: boolean; readonly TerminationProtected?: boolean }
  readonly Steps?: readonly StepConfig[]
  readonly StepConcurrencyLevel?: number
  readonly AutoTerminationPolicy?: { readonly IdleTimeout?: number }
  readonly BootstrapActions?: readonly unknown[]
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly ServiceRole?: string
  readonly JobFlowRole?: string
}

function runJobFlow(emulation: Emulation, input: Input, fault: EmrFault | undefined) {
  const request: RunJobFlowInput = input
  const { Name, ReleaseLabel, Instances, Steps = [], StepConcurrencyLevel: level = 1 } = request
  if (!Name || !Instances) throw validation('Name and Instances are required')
  if (!/^emr-(spark-)?\d+\.\d+\.\d+$/.test(ReleaseLabel ?? '')) {
    throw validation(`The supplied release label is invalid: ${ReleaseLabel}.`)
  }
  if (!request.ServiceRole) throw validation('Service role is required for creating cluster.')
  if (!request.JobFlowRole) throw validation('InstanceProfile is required for creating cluster.')
  if (level < 1 || level > 256) throw validation('StepConcurrencyLevel must be between 1 and 256')
  const idle = request.AutoTerminationPolicy?.IdleTimeout
  if (idle !== undefined && (idle < 60 || idle > 604_800)) throw validation('IdleTimeout must be between 60 and 604800')
  checkSteps(Steps, level)
  const cluster: ClusterModel = {
    id: emulation.newId('j'),
    name: Name,
    tags: request.Tags ?? [],
    keepAlive: Instances.KeepJobFlowAliveWhenNoSteps ?? false,
    logUri: request.LogUri,
    releaseLabel: ReleaseLabel,
    idleTimeoutSeconds: idle,
    bootstrapActions: (request.BootstrapActions ?? []).length > 0,
    request: input,
    createdAt: emulation.now(),
    stepConcurrencyLevel: level,
    terminationProtected: Instances.TerminationProtected ?? false,
    state: 'STARTING',
    steps: [],
  }
  emulation.start(cluster, fault)
  for (const step of Steps) emulation.addStep(cluster, step, undefined)
  return { JobFlowId: cluster.id }
}

function listClusters(emulation: Emulation, input: Input) {
  const states = input.ClusterStates as readonly string[] | undefined
  const after = (input.CreatedAfter as number | undefined) ?? 0
  const found = emulation.clusters
    .toReversed()
    .filter(({ state, createdAt }) => (states ?? [state]).includes(state) && createdAt / 1000 >= after)
  const { page, marker } = pageOf(found, input.Marker)
  return { Clusters: page.map(summarizeCluster), ...marker }
}

function terminateJobFlows(emulation: Emulation, input: Input) {
  const ids = input.JobFlowIds as readonly string[]
  if (ids.length > 10) throw validation('At most 10 job flows may be given')
  const clusters = ids.map((id) => clusterNamed(emulation, id))
  if (clusters.some((cluster) => cluster.terminationProtected && isOpen(cluster))) {
    throw validation('Could not shut down one or more job flows since they are termination protected.')
  }
  for (const cluster of clusters) {
    emulation.terminate(cluster, { Code: 'USER_REQUEST', Message: 'Terminated by user request' })
  }
  return {}
}

function addJobFlowSteps(emulation: Emulation, input: Input, fault: EmrFault | undefined) {
  const cluster = clusterNamed(emulation, input.JobFlowId)
  const steps = (input.Steps ?? []) as readonly StepConfig[]
  if (!isOpen(cluster)) {
    throw validation('A job flow that is shutting down, terminated, or finished may not be modified.')
  }
  if (steps.length === 0) throw validation('Steps is required')
  checkSteps(steps, cluster.stepConcurrencyLevel)
  if (cluster.steps.filter(isActive).length + steps.length > MOST_ACTIVE) {
    throw validation(
      "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded.",
    )
  }
  return { StepIds: steps.map((step) => emulation.addStep(cluster, step, fault).id) }
}

function checkSteps(steps: readonly StepConfig[], level: number): void {
  for (const { Name, ActionOnFailure = 'TERMINATE_CLUSTER', HadoopJarStep } of steps) {
    if (!Name || !HadoopJarStep?.Jar) throw validation('Name and HadoopJarStep are required')
    if (level > 1 && ActionOnFailure !== 'CONTINUE') {
      throw validation(`ActionOnFailure ${ActionOnFailure} is not valid with a StepConcurrencyLevel greater than 1.`)
    }
    const texts = [HadoopJarStep.Jar, HadoopJarStep.MainClass ?? '', ...(HadoopJarStep.Args ?? [])]
    if (texts.join('').length > MOST_CHARACTERS) {
      throw validation(`Total length of HadoopJarStep strings must be at most ${MOST_CHARACTERS} characters.`)
    }
  }
}

function listSteps(emulation: Emulation, input: Input, fault: EmrFault | undefined) {
  const cluster = clusterOf(emulation, input.ClusterId)
  const ids = input.StepIds as readonly string[] | undefined
  const states = input.StepStates as readonly string[] | undefined
  if (ids && ids.length > 10) throw invalid('StepIds may have at most 10 members')
  if (ids && states) throw invalid('StepIds and StepStates may not both be given')
  // The order is guaranteed only without a filter.
  const ordered = ids || states ? cluster.steps : cluster.steps.toReversed()
  const found = ordered.filter(({ id, state }) => (ids ?? [id]).includes(id) && (states ?? [state]).includes(state))
  const { page, marker } = pageOf(found, input.Marker)
  return { Steps: page.map((step) => listedStep(step, fault)), ...marker }
}

/**
 * The marker is the last item of the previous page. So new items do not move items to another page.
 */
function pageOf<Item extends { readonly id: string }>(items: readonly Item[], after: unknown) {
  const from = after === undefined ? 0 : items.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && from === 0) throw invalid(`Marker '${String(after)}' is not valid.`)
  const page = items.slice(from, from + PAGE)
  const more = items.length > from + PAGE
  return { page, marker: more ? { Marker: page.at(-1)?.id } : {} }
}

function cancelSteps(emulation: Emulation, input: Input, fault: EmrFault | undefined) {
  const cluster = clusterOf(emulation, input.ClusterId)
  const ids = input.StepIds as readonly string[]
  if (ids.length > 256) throw invalid('StepIds may have at most 256 members')
  const kill = input.StepCancellationOption === 'TERMINATE_PROCESS'
  const CancelStepsInfoList = ids.map((id) => {
    const step = stepOf(emulation, { ClusterId: cluster.id, StepId: id })
    if (!isActive(step)) return { StepId: id, Status: 'FAILED', Reason: `The step is in the state ${step.state}` }
    if (fault?.kind !== 'ignored') cancelStep(emulation, cluster, step, kill)
    return { StepId: id, Status: 'SUBMITTED' }
  })
  return { CancelStepsInfoList }
}

function cancelStep(emulation: Emulation, cluster: ClusterModel, step: StepModel, kill: boolean): void {
  if (step.state === 'PENDING') {
    emulation.endStep(cluster, step, 'CANCELLED')
    return
  }
  step.state = 'CANCEL_PENDING'
  if (kill) killStep(step.process)
  else interruptStep(step.process)
}

interface CoreFleet {
  readonly InstanceFleetType?: string
  readonly TargetOnDemandCapacity?: number
  readonly TargetSpotCapacity?: number
}

/** The instance that the stand-in takes away. */
const RECLAIMED = 'ci-CORE-0'

/** Lists the master, and as many core instances as were requested. */
function listInstances(emulation: Emulation, input: Input) {
  const cluster = clusterOf(emulation, input.ClusterId)
  const { Instances } = cluster.request as { readonly Instances?: { readonly InstanceFleets?: readonly CoreFleet[] } }
  const core = Instances?.InstanceFleets?.find(({ InstanceFleetType }) => InstanceFleetType === 'CORE')
  const { TargetOnDemandCapacity: onDemand = 1, TargetSpotCapacity: spot = 1 } = core ?? {}
  const ids = ['ci-MASTER-0', ...Array.from({ length: onDemand + spot }, (_, index) => `ci-CORE-${index}`)]
  const { page, marker } = pageOf(
    ids.map((id) => ({ id })),
    input.Marker,
  )
  const seconds = (time: number) => time / 1000
  const instance = ({ id }: { readonly id: string }) => ({
    Id: id,
    InstanceType: 'm5.xlarge',
    Market: id === RECLAIMED && cluster.isReclaimed ? 'SPOT' : 'ON_DEMAND',
    Status: {
      State: cluster.endedAt === undefined && !(id === RECLAIMED && cluster.isReclaimed) ? 'RUNNING' : 'TERMINATED',
      ...(id === RECLAIMED &&
        cluster.isReclaimed && {
          StateChangeReason: { Code: 'INSTANCE_FAILURE', Message: 'Spot capacity was reclaimed' },
        }),
      Timeline: {
        CreationDateTime: seconds(cluster.createdAt),
        ...(cluster.endedAt !== undefined && { EndDateTime: seconds(cluster.endedAt) }),
      },
    },
  })
  return { Instances: page.map(instance), ...marker }
}

const SPARK_OF: Readonly<Record<string, string>> = { 'emr-7.14.0': '3.5.6-amzn-3', 'emr-spark-8.1.0': '4.1.1-amzn-0' }

function describeReleaseLabel(_: Emulation, { ReleaseLabel }: Input) {
  const Version = SPARK_OF[String(ReleaseLabel)]
  if (Version === undefined) throw validation(`The supplied release label is invalid: ${String(ReleaseLabel)}.`)
  return { ReleaseLabel, Applications: [{ Name: 'Spark', Version }] }
}

function clusterOf(emulation: Emulation, id: unknown): ClusterModel {
  const cluster = emulation.clusters.find((candidate) => candidate.id === id)
  if (!cluster) throw invalid(`Cluster id '${String(id)}' is not valid.`, 'NoSuchCluster')
  return cluster
}

/** Throws the error of the older operations for an unknown cluster. */
function clusterNamed(emulation: Emulation, id: unknown): ClusterModel {
  const cluster = emulation.clusters.find((candidate) => candidate.id === id)
  if (!cluster) throw validation('Specified job flow ID does not exist.')
  return cluster
}

function stepOf(emulation: Emulation, { ClusterId, StepId }: Input): StepModel {
  const step = clusterOf(emulation, ClusterId).steps.find(({ id }) => id === StepId)
  if (!step) throw invalid(`Step id '${String(StepId)}' is not valid.`)
  return step
}
