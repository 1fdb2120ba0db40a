/** Turns facts about an EMR cluster and its settings into results of checks. */
import type { EmrSettings } from '../declare/emr.ts'
import type { EmrEngineSettings } from '../declare/project.ts'
import type { ClusterFacts, ClusterToBe } from '../engines/spark/emr/emr-probe.ts'
import { type Finding, failed, notChecked, ok, warning } from './check.ts'

export function stateFinding({ id, name, state }: ClusterFacts): Finding {
  const found = `${id} (${name}) is ${state}`
  if (state === 'WAITING' || state === 'RUNNING') return ok(found)
  return warning(found, 'Its steps wait until it runs.')
}

export function clusterReleaseFinding({ release = '', hasSpark }: ClusterFacts): Finding {
  if (hasSpark === false) return failed(`${release}, without Spark`, 'Use a cluster with the application Spark.')
  return releaseFinding(release, undefined)
}

/** emr-7.0 is the first release with Spark 3.5. `spark` is the version that EMR reports, if any. */
export function releaseFinding(release: string, spark: string | undefined): Finding {
  const major = Number(/^emr-(?:spark-)?(\d+)\./.exec(release)?.[1])
  const found = spark === undefined ? release : `${release}, with Spark ${spark}`
  if (major >= 7) return ok(found)
  if (Number.isNaN(major)) return warning(found || 'EMR names no release', 'Use emr-7.14.0.')
  return failed(`${found}, whose Spark is older than 3.5`, 'Use emr-7.0.0 or newer: emr-7.14.0.')
}

export function concurrencyFinding({ id, stepConcurrency }: ClusterFacts, { granularity }: EmrEngineSettings): Finding {
  if (stepConcurrency > 1) return ok(`up to ${stepConcurrency} at once`)
  if (granularity === 'session') return ok('one at a time, which is enough for a run')
  return warning(
    'one at a time: a run builds one asset after the other, and waits for the steps of other runs',
    `To run more at once: aws emr modify-cluster --cluster-id ${id} --step-concurrency-level 4`,
  )
}

export function rolesFinding({ serviceRole, instanceProfile }: ClusterToBe): Finding {
  return notChecked(
    `the service role ${serviceRole} and the instance profile ${instanceProfile}: lake does not call IAM`,
    `Check them with: aws iam get-role --role-name ${nameOf(serviceRole)}; aws iam get-instance-profile --instance-profile-name ${nameOf(instanceProfile)}`,
  )
}

/** `arn:aws:iam::123456789012:role/lake-emr` -> `lake-emr` */
const nameOf = (role: string): string => role.split('/').at(-1) ?? role

export function pricesFinding({ prices = {} }: EmrSettings, types: readonly string[]): Finding {
  const missing = types.filter((type) => !(type in prices))
  if (missing.length === 0) return ok(`for ${types.join(', ')}`)
  return warning(
    missing.length === types.length ? 'none: lake estimates no costs' : `none for ${missing.join(', ')}`,
    `Add them to the engine: prices: { '${missing[0]}': DOLLARS_AN_HOUR }`,
  )
}
