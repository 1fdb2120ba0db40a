/** Checks everything that a run with a profile depends on. */
import type { Profile } from '../declare/project.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { isFromCode } from '../graph/resolved-asset.ts'
import { type ProjectStorages, patternsByRoot } from '../observe/observe.ts'
import { awsChecks } from './aws-checks.ts'
import { type Diagnosis, isFailed, skipped } from './check.ts'
import { embeddedCheck } from './embedded-checks.ts'
import { emrChecks } from './emr-checks.ts'
import { lakeChecks, undeclaredCheck } from './lake-checks.ts'
import { sourceCheck } from './source-checks.ts'
import { sparkChecks } from './spark-checks.ts'

/** A project that has loaded. */
interface Patient {
  readonly profile: Profile
  readonly graph: AssetGraph
  readonly storages: ProjectStorages
}

/** Changes nothing, except that it writes probe files into the lake and deletes them. */
export async function diagnose({ profile, graph, storages }: Patient): Promise<readonly Diagnosis[]> {
  const declared = graph.assets.flatMap((asset) => (asset.kind === 'source' && !isFromCode(asset) ? [asset] : []))
  const sources = declared.map(({ key }) => key)
  const patterns = patternsByRoot(storages, graph.assets)
  const remote = remoteOf(storages, sources)
  const { engine } = profile
  const aws = remote.size > 0 || engine?.kind === 'emr' ? await awsChecks() : []
  const broken = aws.find(isFailed)
  /** Without credentials, every check of AWS would report the same. */
  const withAws = (name: string, uri: string, check: () => Promise<readonly Diagnosis[]>) =>
    broken && uri.startsWith('s3://') ? [skipped(name, broken.name)] : check()
  const diagnoses = await Promise.all([
    withAws('lake', storages.lake.uri, () => lakeChecks(storages.lake)),
    withAws('undeclared tables', storages.lake.uri, () =>
      undeclaredCheck(
        storages.lake,
        graph.assets.flatMap(({ key, declared: { formerly } }) => (formerly === undefined ? key : [key, formerly])),
      ),
    ),
    ...declared.map((source) =>
      withAws(`source ${source.key}`, remote.get(source.key) ?? '', async () => [
        await sourceCheck(storages, source, patterns),
      ]),
    ),
    embeddedCheck(engine).then((check) => [check]),
    engine?.kind === 'spark' ? sparkChecks(engine, remote.size > 0) : [],
    engine?.kind === 'emr' ? withAws('EMR', 's3://', () => emrChecks({ settings: engine, storages, sources })) : [],
  ])
  return [...aws, ...diagnoses.flat()]
}

/**
 * Returns what is on S3: '' is the lake, other keys are sources. Skips a source without a location,
 * which its own check reports.
 */
function remoteOf(storages: ProjectStorages, sources: readonly string[]): ReadonlyMap<string, string> {
  const uriOf = (key: string): string => {
    try {
      return key === '' ? storages.lake.uri : storages.source(key).uri
    } catch {
      return ''
    }
  }
  const uris = ['', ...sources].map((key) => [key, uriOf(key)] as const)
  return new Map(uris.filter(([, uri]) => uri.startsWith('s3://')))
}
