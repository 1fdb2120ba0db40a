/** Describes EMR's errors and lost clusters, each with a remedy if one is known. */
import { LakeError } from '../../../../errors.ts'
import { withoutFullStop } from '../../../../text/full-stop.ts'
import { callFailure, errorName, errorText } from './call-failure.ts'
import type { ClusterView } from './cluster-view.ts'

/** The cluster's page in the console of its region. */
export function consoleLink(region: string, clusterId: string): string {
  return `https://${region}.${consoleDomain(region)}/emr/home?region=${region}#/clusterDetails/${clusterId}`
}

function consoleDomain(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn'
  if (region.startsWith('us-gov-')) return 'console.amazonaws-us-gov.com'
  return 'console.aws.amazon.com'
}

/**
 * Converts a log URI to the form that opens a storage. EMR can write `s3n://`, and a slash at the
 * end.
 */
export function logRoot(logUri: string): string {
  return logUri.replace(/^s3[na]:/, 's3:').replace(/\/+$/, '')
}

interface Remedy {
  /** Matches an error's name and EMR's message: EMR has no finer codes. */
  readonly when: RegExp
  readonly what: string
}

const CALL_REMEDIES: readonly Remedy[] = [
  {
    when: /CredentialsProviderError|TokenProviderError/,
    what: 'Log in (`aws sso login`), or set AWS_PROFILE or the variables of a key.',
  },
  {
    when: /ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId/,
    what: 'The credentials are wrong or have expired: log in again (`aws sso login`), or give a valid key.',
  },
  { when: /Region is missing/, what: 'Set `region` in the settings of the cluster, or AWS_REGION.' },
  {
    when: /PassRole/,
    what: "Allow iam:PassRole on the cluster's roles to the user that runs lake.",
  },
  {
    when: /AccessDenied|not authorized/,
    what: 'Allow that elasticmapreduce action to the user that runs lake, which `aws sts get-caller-identity` names.',
  },
  {
    when: /release label/i,
    what: 'Set `release` to one of those that `aws emr list-release-labels` prints.',
  },
  {
    when: /DefaultRole|Service ?Role|Instance ?Profile|JobFlowRole/i,
    what: 'Make the default roles once with `aws emr create-default-roles`, or name yours in `serviceRole` and `instanceProfile`.',
  },
  { when: /subnet|VPC/i, what: 'Set `subnets` to some of the region that have the instance types.' },
  {
    when: /termination protect/i,
    what: 'It is protected. If it is no longer needed, terminate it: `aws emr modify-cluster-attributes --no-termination-protected`, then `aws emr terminate-clusters`.',
  },
  { when: /Cluster id|job flow ID/i, what: "Check the cluster's id, and the region." },
  {
    when: /quota|limit exceeded|vCPU|capacity/i,
    what: 'Name more instance types, take fewer instances, or ask for a higher quota.',
  },
]

/** `doing` is the action that failed, such as "the cluster lake R could not be made". */
export function callError(doing: string, error: unknown): LakeError {
  const text = errorText(error)
  const remedy = remedyFor(`${errorName(error)} ${text}`)
  const refused = callFailure(error) === 'refused'
  const next = remedy ?? (refused ? '' : 'EMR or the network to it fails; try again later.')
  const code = refused ? 'config' : 'engine-failed'
  return new LakeError(code, {
    problem: `${doing}: ${withoutFullStop(text)}`,
    ...(next && { remedy: next }),
    cause: error,
    transient: !refused,
  })
}

function remedyFor(text: string): string | undefined {
  return CALL_REMEDIES.find(({ when }) => when.test(text))?.what
}

/**
 * How a cluster ended that the run did not terminate. `failed`: a similar cluster would end in the
 * same way.
 */
export interface ClusterLoss {
  readonly kind: 'failed' | 'lost'
  readonly message: string
}

export function clusterLoss(cluster: ClusterView, region: string): ClusterLoss {
  const { code, message } = cluster.reason
  const reason = message === '' ? code || 'no reason is given' : message
  const where = `${clusterText(cluster)} is ${cluster.state}`
  const hint = lossHint(cluster)
  const link = consoleLink(region, cluster.id)
  const text = `${where}: ${withFullStop(reason)}${hint && ` ${hint}`} See ${link}`
  return { kind: failsAgain(code) ? 'failed' : 'lost', message: text }
}

const failsAgain = (code: string): boolean =>
  code === 'BOOTSTRAP_FAILURE' || code === 'VALIDATION_ERROR' || code === 'INSTANCE_FLEET_TIMEOUT'

function lossHint({ id, reason: { code, message }, logUri }: ClusterView): string {
  if (code === 'BOOTSTRAP_FAILURE') {
    const logs = logUri === undefined ? 'the logs of the cluster' : `${logRoot(logUri)}/${id}/node/`
    return `The log of the bootstrap action is in ${logs}.`
  }
  if (code === 'INSTANCE_FLEET_TIMEOUT' || /insufficient|capacity/i.test(message)) {
    return 'Name more instance types in `core.types` and `masterTypes`, more `subnets`, or fewer spot instances.'
  }
  if (code === 'VALIDATION_ERROR') return remedyFor(message) ?? ''
  return ''
}

export function clusterText({ id, name }: { readonly id: string; readonly name: string }): string {
  return name === '' ? `the cluster ${id}` : `the cluster ${id} (${name})`
}

/** The text with a full stop, unless it ends with one already. */
export function withFullStop(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
