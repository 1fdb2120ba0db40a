/** Checks what a run on EMR needs, without starting or changing anything. */
import { randomUUID } from 'node:crypto'
import type { RunningEmrCluster, TransientEmrCluster } from '../declare/emr.ts'
import type { EmrEngineSettings } from '../declare/project.ts'
import type { ClusterFacts, EmrProbe } from '../engines/spark/emr/emr-probe.ts'
import { LakeError } from '../errors.ts'
import type { ProjectStorages } from '../observe/observe.ts'
import { openStorage } from '../storage/open-storage.ts'
import { isAccessDenied } from '../storage/storage-error.ts'
import {
  answerProbes,
  type Diagnosis,
  type Finding,
  failed,
  failure,
  isFailed,
  notChecked,
  ok,
  type Probe,
  skipped,
} from './check.ts'
import {
  clusterReleaseFinding,
  concurrencyFinding,
  pricesFinding,
  releaseFinding,
  rolesFinding,
  stateFinding,
} from './emr-findings.ts'

interface EmrSubject {
  readonly settings: EmrEngineSettings
  readonly storages: ProjectStorages
  /** Keys of the sources. */
  readonly sources: readonly string[]
}

/** Checks whether a run with these settings can find a cluster, or probably start one. */
export async function emrChecks(subject: EmrSubject): Promise<readonly Diagnosis[]> {
  const { emrProbe } = await import('../engines/spark/emr/emr-probe.ts')
  const { settings } = subject
  const { cluster = { kind: 'transient' } } = settings
  const probe = emrProbe(settings)
  try {
    const reached = await answerProbes([locationsProbe(subject), reachProbe(probe)], () => false)
    const unreached = reached.find((check) => check.name === 'EMR' && isFailed(check))
    const probes =
      cluster.kind === 'running'
        ? await runningProbes(cluster, { settings, probe })
        : await transientProbes(cluster, { settings, probe, lakeUri: subject.storages.lake.uri })
    if (unreached) return [...reached, ...probes.map(({ name }) => skipped(name, unreached.name))]
    return [...reached, ...(await answerProbes(probes, (check) => check.name === 'EMR cluster' && isFailed(check)))]
  } finally {
    probe.close()
  }
}

function locationsProbe({ storages, sources }: EmrSubject): Probe {
  return {
    name: 'EMR and the data',
    ask: async () => {
      const uris = [storages.lake.uri, ...sources.map((key) => storages.source(key).uri)]
      const [local] = uris.filter((uri) => !uri.startsWith('s3://'))
      if (local === undefined) return ok('the lake and all sources are on S3')
      return failed(`${local} is on this machine, and no cluster can reach it`, 'Put the lake and all sources on S3.')
    },
  }
}

function reachProbe(probe: EmrProbe): Probe {
  return {
    name: 'EMR',
    ask: async () => {
      const region = await probe.region()
      await probe.listClusters()
      return ok(`clusters in ${region} can be listed`)
    },
    unanswered: 'Check the network, the region and AWS_ENDPOINT_URL_EMR.',
  }
}

interface ProbeContext {
  readonly settings: EmrEngineSettings
  readonly probe: EmrProbe
}

async function runningProbes(wanted: RunningEmrCluster, { settings, probe }: ProbeContext): Promise<readonly Probe[]> {
  let facts: Promise<ClusterFacts> | undefined
  const cluster = () => {
    facts ??= probe.cluster(wanted)
    return facts
  }
  return [
    { name: 'EMR cluster', ask: async () => stateFinding(await cluster()) },
    { name: 'EMR release', ask: async () => clusterReleaseFinding(await cluster()) },
    { name: 'EMR steps', ask: async () => concurrencyFinding(await cluster(), settings) },
    {
      name: 'EMR prices',
      ask: async () => {
        const { id } = await cluster()
        return asFarAsAllowed(async () => pricesFinding(settings, await probe.instanceTypes(id)))
      },
    },
  ]
}

interface TransientContext extends ProbeContext {
  readonly lakeUri: string
}

async function transientProbes(
  cluster: TransientEmrCluster,
  { settings, probe, lakeUri }: TransientContext,
): Promise<readonly Probe[]> {
  const { clusterToBe } = await import('../engines/spark/emr/emr-probe.ts')
  const planned = clusterToBe(cluster, lakeUri)
  return [
    {
      name: 'EMR release',
      ask: () => asFarAsAllowed(async () => releaseFinding(planned.release, await probe.sparkOf(planned.release))),
    },
    { name: 'EMR roles', ask: async () => rolesFinding(planned) },
    { name: 'EMR logs', ask: () => logsFinding(planned.logUri, lakeUri) },
    { name: 'EMR prices', ask: async () => pricesFinding(settings, planned.instanceTypes) },
  ]
}

/** If the credentials do not allow the probe, its check counts as not done. */
async function asFarAsAllowed(ask: () => Promise<Finding>): Promise<Finding> {
  const { isNotAllowed } = await import('../engines/spark/emr/emr-probe.ts')
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof LakeError) || !isNotAllowed(error)) throw error
    const { found, remedy } = failure(error)
    return notChecked(found, remedy)
  }
}

async function logsFinding(logUri: string | undefined, lakeUri: string): Promise<Finding> {
  if (logUri === undefined) return notChecked('no logs are kept, because the lake is not on S3')
  if (logUri.startsWith(`${lakeUri}/`)) return ok(`in the lake, ${logUri}`)
  const { firstFiles } = await import('../storage/s3/s3-account.ts')
  const logs = openStorage(logUri.replace(/\/+$/, ''))
  const path = `lake-doctor-${randomUUID()}`
  try {
    await firstFiles(logs.uri)
    await logs.put(path, 'of lake doctor')
    await logs.delete(path)
    return ok(`${logUri} can be written`)
  } catch (error) {
    const { found, remedy } = failure(error)
    if (isAccessDenied(error)) return notChecked(`${found} The cluster writes there, not these credentials`, remedy)
    return failed(found, remedy ?? '')
  }
}
