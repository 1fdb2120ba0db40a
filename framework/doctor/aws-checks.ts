/** Checks AWS credentials and region for `lake doctor`. */
import type { CredentialSource } from '../storage/s3/s3-account.ts'
import { answerProbes, type Diagnosis, ok, type Probe } from './check.ts'

/** Checks whether the default chain of AWS finds credentials and a region. */
export function awsChecks(): Promise<readonly Diagnosis[]> {
  return answerProbes(PROBES, () => false)
}

const PROBES: readonly Probe[] = [
  {
    name: 'AWS credentials',
    ask: async () => {
      const { credentialSource } = await import('../storage/s3/s3-account.ts')
      return ok(sourceText(await credentialSource()))
    },
    unanswered: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  },
  {
    name: 'AWS region',
    ask: async () => {
      const { s3Endpoint } = await import('../storage/s3/s3-account.ts')
      const { region, endpoint } = await s3Endpoint()
      return ok(endpoint === undefined ? region : `${region}; S3 is the server at ${endpoint}`)
    },
  },
]

export function sourceText({ kind, profile, method, expiresAt }: CredentialSource): string {
  const until = expiresAt === undefined ? '' : `, until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  switch (kind) {
    case 'environment':
      return `from the environment (AWS_ACCESS_KEY_ID)${until}`
    case 'profile':
      return `from the AWS profile ${profile}${methodText(method)}${until}`
    case 'web-identity':
      return `from a role, with a web identity token (AWS_ROLE_ARN)${until}`
    case 'container':
      return `from the role of this container${until}`
    case 'machine':
      return `from the role of this machine${until}`
    case 'unknown':
      return `from the default chain${until}`
  }
}

function methodText(method: CredentialSource['method']): string {
  switch (method) {
    case 'sso':
      return ', by single sign-on'
    case 'role':
      return ', which assumes a role'
    case 'process':
      return ', by a credential process'
    case 'login':
      return ', by aws login'
    case 'key':
    case undefined:
      return ''
  }
}
