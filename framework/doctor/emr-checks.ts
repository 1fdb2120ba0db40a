import { randomUUID } from 'node:crypto'
import type { RunningEmrCluster, TransientEmrCluster } from '../declare/emr.ts'
import type { EmrEngineSettings } from '../declare/project.ts'
import type { ClusterFacts, EmrProbe } from '../engines/spark/emr/emr-probe.ts'
import { LakeError } from '../errors.ts'
import type { Places } from '../observe/observe.ts'
import { openStorage } from '../storage/open-storage.ts'
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

/** What EMR is asked about. */
export interface EmrSubject {
  readonly settings: EmrEngineSettings
  readonly places: Places
  /** The sources' keys. */
  readonly sources: readonly string[]
}

/** Whether a run of these settings finds a cluster, or can be expected to get one. Nothing is made or changed. */
export async function emrChecks(subject: EmrSubject): Promise<readonly Diagnosis[]> {
  const { emrProbe } = await import('../engines/spark/emr/emr-probe.ts')
  const { settings } = subject
  const { cluster = { kind: 'transient' } } = settings
  const probe = emrProbe(settings)
  try {
    const reached = await answerProbes([placesQuestion(subject), reachQuestion(probe)], () => false)
    const unreached = reached.find((check) => check.name === 'EMR' && isFailed(check))
    const questions =
      cluster.kind === 'running'
        ? await runningQuestions(cluster, { settings, probe })
        : await transientQuestions(cluster, { settings, probe, lakeUri: subject.places.lake.uri })
    if (unreached) return [...reached, ...questions.map(({ name }) => skipped(name, unreached.name))]
    return [...reached, ...(await answerProbes(questions, (check) => check.name === 'EMR cluster' && isFailed(check)))]
  } finally {
    probe.close()
  }
}

function placesQuestion({ places, sources }: EmrSubject): Probe {
  return {
    name: 'EMR and the data',
    ask: async () => {
      const uris = [places.lake.uri, ...sources.map((key) => places.source(key).uri)]
      const [local] = uris.filter((uri) => !uri.startsWith('s3://'))
      if (local === undefined) return ok('the lake and all sources are on S3')
      return failed(`${local} is on this machine, where no cluster reaches it`, 'Put the lake and all sources on S3.')
    },
  }
}

function reachQuestion(probe: EmrProbe): Probe {
  return {
    name: 'EMR',
    ask: async () => {
      const region = await probe.region()
      await probe.listClusters()
      return ok(`in ${region}, and its clusters can be listed`)
    },
    unanswered: 'Check the network, the region and AWS_ENDPOINT_URL_EMR.',
  }
}

interface Asked {
  readonly settings: EmrEngineSettings
  readonly probe: EmrProbe
}

async function runningQuestions(wanted: RunningEmrCluster, { settings, probe }: Asked): Promise<readonly Probe[]> {
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

interface AskedToBe extends Asked {
  readonly lakeUri: string
}

async function transientQuestions(
  cluster: TransientEmrCluster,
  { settings, probe, lakeUri }: AskedToBe,
): Promise<readonly Probe[]> {
  const { clusterToBe } = await import('../engines/spark/emr/emr-probe.ts')
  const made = clusterToBe(cluster, lakeUri)
  return [
    {
      name: 'EMR release',
      ask: () => asFarAsAllowed(async () => releaseFinding(made.release, await probe.sparkOf(made.release))),
    },
    { name: 'EMR roles', ask: async () => rolesFinding(made) },
    { name: 'EMR logs', ask: () => logsFinding(made.logUri, lakeUri) },
    { name: 'EMR prices', ask: async () => pricesFinding(settings, made.instanceTypes) },
  ]
}

/** A refusal says nothing about what was asked for. */
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
  if (logUri === undefined) return notChecked('no logs are kept, as the lake is not on S3')
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
    const denied =
      error instanceof LakeError && (error.details as { code?: string } | undefined)?.code === 'AccessDenied'
    if (denied) return notChecked(`${found} The cluster writes there, not these credentials`, remedy)
    return failed(found, remedy ?? '')
  }
}
