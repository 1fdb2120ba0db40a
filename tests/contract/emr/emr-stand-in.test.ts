// The stand-in of EMR follows the rules of the real service on which lake depends.
import {
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  DescribeClusterCommand,
  EMRClient,
  ListStepsCommand,
  RunJobFlowCommand,
  type StepConfig,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmrStandIn, startEmrStandIn } from '../../support/emr/stand-in/emr-stand-in.ts'

/** The last argument of a step is the script that its shell runs. */
const runStep = (args: readonly string[]) => ({ command: '/bin/sh', args: ['-c', args.at(-1) ?? ''] })

let standIn: EmrStandIn
let client: EMRClient

beforeEach(async () => {
  standIn = await startEmrStandIn({ runStep })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  client = new EMRClient({ endpoint: standIn.url, region: 'eu-central-1', credentials, maxAttempts: 1 })
})

afterEach(async () => {
  client.destroy()
  await standIn.close()
})

function step(name: string, does: string, ActionOnFailure: StepConfig['ActionOnFailure'] = 'CONTINUE'): StepConfig {
  return { Name: name, ActionOnFailure, HadoopJarStep: { Jar: 'command-runner.jar', Args: ['spark-submit', does] } }
}

async function add(JobFlowId: string, ...Steps: StepConfig[]): Promise<readonly string[]> {
  return (await client.send(new AddJobFlowStepsCommand({ JobFlowId, Steps }))).StepIds ?? []
}

const idle = (count: number) => Array.from({ length: count }, (_, index) => step(`idle ${index}`, 'sleep 3600'))
const states = () => standIn.steps().map(({ state }) => state)

function runJobFlow(keepAlive: boolean, ...Steps: StepConfig[]) {
  return client.send(
    new RunJobFlowCommand({
      Name: 'made',
      ReleaseLabel: 'emr-7.14.0',
      ServiceRole: 'EMR_DefaultRole',
      JobFlowRole: 'EMR_EC2_DefaultRole',
      Instances: { KeepJobFlowAliveWhenNoSteps: keepAlive },
      Steps,
    }),
  )
}

describe('the stand-in of EMR', () => {
  it('lists steps from newest to oldest, fifty on a page', async () => {
    const { id } = standIn.addCluster()
    await add(id, ...idle(120))
    const first = await client.send(new ListStepsCommand({ ClusterId: id }))
    expect(first.Steps?.map(({ Name }) => Name)).toEqual(Array.from({ length: 50 }, (_, n) => `idle ${119 - n}`))
    await add(id, step('newer', 'sleep 3600'))
    const second = await client.send(new ListStepsCommand({ ClusterId: id, Marker: first.Marker }))
    const third = await client.send(new ListStepsCommand({ ClusterId: id, Marker: second.Marker }))
    expect(second.Steps?.[0]?.Name).toBe('idle 69')
    expect(third.Steps?.at(-1)?.Name).toBe('idle 0')
    expect(third.Marker).toBeUndefined()
  })

  it('accepts at most ten ids as a filter', async () => {
    const { id } = standIn.addCluster()
    const ids = await add(id, ...idle(11))
    const ten = await client.send(new ListStepsCommand({ ClusterId: id, StepIds: ids.slice(0, 10) }))
    expect(ten.Steps).toHaveLength(10)
    await expect(client.send(new ListStepsCommand({ ClusterId: id, StepIds: [...ids] }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
  })

  it('accepts at most 256 active steps, and runs as many at once as the cluster allows', async () => {
    const { id } = standIn.addCluster({ stepConcurrencyLevel: 2 })
    await add(id, ...idle(256))
    await standIn.until(() => states().filter((state) => state === 'RUNNING').length === 2)
    await expect(add(id, step('one more', 'exit 0'))).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('refuses steps of more than 10,240 characters; a cluster that runs steps concurrently allows only CONTINUE', async () => {
    const { id } = standIn.addCluster({ stepConcurrencyLevel: 2 })
    await expect(add(id, step('long', 'x'.repeat(10_240)))).rejects.toThrow('10240')
    await expect(add(id, step('strict', 'exit 0', 'CANCEL_AND_WAIT'))).rejects.toThrow('ActionOnFailure')
  })

  it('reacts to a failed step as configured: it continues, cancels the pending steps, or terminates the cluster', async () => {
    const [going, waiting, ending] = [standIn.addCluster().id, standIn.addCluster().id, standIn.addCluster().id]
    await add(going, step('bad', 'exit 1'), step('next', 'exit 0'))
    await add(waiting, step('bad', 'exit 1', 'CANCEL_AND_WAIT'), step('next', 'exit 0'))
    await add(ending, step('bad', 'exit 1', 'TERMINATE_CLUSTER'), step('next', 'exit 0'))
    await standIn.until(() => standIn.steps().every(({ endedAt }) => endedAt !== undefined))
    expect(states()).toEqual(['FAILED', 'COMPLETED', 'FAILED', 'CANCELLED', 'FAILED', 'CANCELLED'])
    await standIn.until(() => standIn.clusters.every(({ state }) => !/RUNNING|TERMINATING/.test(state)))
    expect(standIn.clusters.map(({ state }) => state)).toEqual(['WAITING', 'WAITING', 'TERMINATED_WITH_ERRORS'])
  })

  it('ends a cluster after its last step unless the cluster is kept alive', async () => {
    const { JobFlowId } = await runJobFlow(false, step('only', 'exit 0'))
    await standIn.until(() => standIn.clusters[0]?.state === 'TERMINATED')
    const { Cluster } = await client.send(new DescribeClusterCommand({ ClusterId: JobFlowId }))
    expect(Cluster?.Status?.StateChangeReason?.Code).toBe('ALL_STEPS_COMPLETED')
    expect(Cluster?.Status?.Timeline?.EndDateTime).toBeInstanceOf(Date)
    expect(states()).toEqual(['COMPLETED'])
  })

  it('sends an interrupt to the child process alone, and kills its whole process group', async () => {
    const { id } = standIn.addCluster({ stepConcurrencyLevel: 2 })
    const [soft = '', firm = ''] = await add(
      id,
      step('soft', 'trap "exit 3" TERM; echo ready; while true; do sleep 0.02; done'),
      step('firm', 'trap "" TERM; echo ready; while true; do sleep 0.02; done'),
    )
    await standIn.until(() => standIn.steps().every(({ stdout }) => stdout === 'ready\n'))
    const cancel = (StepCancellationOption: 'SEND_INTERRUPT' | 'TERMINATE_PROCESS', ...StepIds: string[]) =>
      client.send(new CancelStepsCommand({ ClusterId: id, StepIds, StepCancellationOption }))
    await cancel('SEND_INTERRUPT', soft, firm)
    await standIn.until(() => states()[0] === 'CANCELLED')
    expect(states()[1]).toBe('CANCEL_PENDING')
    await cancel('TERMINATE_PROCESS', firm)
    await standIn.until(() => states()[1] === 'CANCELLED')
    const again = await cancel('SEND_INTERRUPT', soft)
    expect(again.CancelStepsInfoList?.[0]?.Status).toBe('FAILED')
  })

  it('does not terminate a protected cluster, and adds no step to a cluster that is terminating', async () => {
    const kept = standIn.addCluster({ terminationProtected: true })
    const { id } = standIn.addCluster()
    const terminate = (...JobFlowIds: string[]) => client.send(new TerminateJobFlowsCommand({ JobFlowIds }))
    await expect(terminate(kept.id)).rejects.toThrow('termination protected')
    await terminate(id)
    await expect(add(id, step('late', 'exit 0'))).rejects.toMatchObject({ name: 'ValidationException' })
    expect(kept.state).toBe('WAITING')
  })
})
