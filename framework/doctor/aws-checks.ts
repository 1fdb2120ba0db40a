import type { CredentialSource } from '../storage/s3/s3-account.ts'
import { answerProbes, type Diagnosis, ok, type Probe } from './check.ts'

/** Whether the default chain of AWS has credentials and a region. */
export function awsChecks(): Promise<readonly Diagnosis[]> {
  return answerProbes(QUESTIONS, () => false)
}

const QUESTIONS: readonly Probe[] = [
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

export function sourceText({ kind, profile, by, expiresAt }: CredentialSource): string {
  const until = expiresAt === undefined ? '' : `, until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  switch (kind) {
    case 'environment':
      return `from the environment (AWS_ACCESS_KEY_ID)${until}`
    case 'profile':
      return `from the AWS profile ${profile}${wayText(by)}${until}`
    case 'web-identity':
      return `of a role, by a web identity token (AWS_ROLE_ARN)${until}`
    case 'container':
      return `of this container's role${until}`
    case 'machine':
      return `of this machine's role${until}`
    case 'unknown':
      return `found by the default chain${until}`
  }
}

function wayText(by: CredentialSource['by']): string {
  switch (by) {
    case 'sso':
      return ', by single sign-on'
    case 'role':
      return ', which takes on a role'
    case 'process':
      return ', by a program that it names'
    case 'login':
      return ', by aws login'
    case 'key':
    case undefined:
      return ''
  }
}
