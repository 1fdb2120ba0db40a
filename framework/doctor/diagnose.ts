import type { Profile } from '../declare/project.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { type Places, patternsByRoot } from '../observe/observe.ts'
import { awsChecks } from './aws-checks.ts'
import { type Diagnosis, isFailed, skipped } from './check.ts'
import { embeddedCheck } from './embedded-checks.ts'
import { emrChecks } from './emr-checks.ts'
import { lakeChecks, undeclaredCheck } from './lake-checks.ts'
import { sourceCheck } from './source-checks.ts'
import { sparkChecks } from './spark-checks.ts'

/** A project that has loaded. */
export interface Patient {
  readonly profile: Profile
  readonly graph: AssetGraph
  readonly places: Places
}

/** Asks everything that a run with this profile depends on. Of all that is asked, only a probe in the lake is written, and it is deleted. */
export async function diagnose({ profile, graph, places }: Patient): Promise<readonly Diagnosis[]> {
  const declared = graph.assets.flatMap((asset) => (asset.kind === 'source' ? [asset.declared] : []))
  const sources = declared.map(({ key }) => key)
  const patterns = patternsByRoot(places, graph.assets)
  const remote = remoteOf(places, sources)
  const { engine } = profile
  const aws = remote.size > 0 || engine?.kind === 'emr' ? await awsChecks() : []
  const broken = aws.find(isFailed)
  /** Without credentials, each question to AWS would say the same. */
  const unless = (name: string, uri: string, ask: () => Promise<readonly Diagnosis[]>) =>
    broken && uri.startsWith('s3://') ? [skipped(name, broken.name)] : ask()
  const answers = await Promise.all([
    unless('lake', places.lake.uri, () => lakeChecks(places.lake)),
    unless('undeclared tables', places.lake.uri, () =>
      undeclaredCheck(
        places.lake,
        graph.assets.flatMap(({ key, declared: { formerly } }) => (formerly === undefined ? key : [key, formerly])),
      ),
    ),
    ...declared.map((source) =>
      unless(`source ${source.key}`, remote.get(source.key) ?? '', async () => [
        await sourceCheck(places, source, patterns),
      ]),
    ),
    embeddedCheck(engine).then((check) => [check]),
    engine?.kind === 'spark' ? sparkChecks(engine, remote.size > 0) : [],
    engine?.kind === 'emr' ? unless('EMR', 's3://', () => emrChecks({ settings: engine, places, sources })) : [],
  ])
  return [...aws, ...answers.flat()]
}

/** What is on S3: the lake as '', and sources by their keys. Where a source is may not be said at all, which its own check finds out. */
function remoteOf(places: Places, sources: readonly string[]): ReadonlyMap<string, string> {
  const uriOf = (key: string): string => {
    try {
      return key === '' ? places.lake.uri : places.source(key).uri
    } catch {
      return ''
    }
  }
  const uris = ['', ...sources].map((key) => [key, uriOf(key)] as const)
  return new Map(uris.filter(([, uri]) => uri.startsWith('s3://')))
}
