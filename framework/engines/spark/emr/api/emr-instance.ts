/** Describes an instance of an EMR cluster as EMR has listed it. */
import type { Instance } from '@aws-sdk/client-emr'
import { present } from './answer.ts'

export interface EmrInstance {
  readonly id: string
  /** Its id in EC2, which the console shows. EMR's own id if EMR does not give it. */
  readonly ec2Id: string
  /** Undefined if EMR gives none. */
  readonly type: string | undefined
  readonly isSpot: boolean
  /** Why it ended. Undefined if it is up, or ended with its cluster. */
  readonly loss: string | undefined
}

/** Throws if the instance has no id. */
export function emrInstance({ Id, Ec2InstanceId, InstanceType, Market, Status }: Instance): EmrInstance {
  const id = present(Id, 'Id of an instance')
  return {
    ...{ id, ec2Id: Ec2InstanceId ?? id, type: InstanceType, isSpot: Market === 'SPOT' },
    loss: lossOf(Status),
  }
}

function lossOf(status: Instance['Status']): string | undefined {
  const { Code, Message } = status?.StateChangeReason ?? {}
  if (status?.State !== 'TERMINATED' || !Code || Code === 'CLUSTER_TERMINATED') return undefined
  return Message || Code
}
