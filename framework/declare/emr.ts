/** Spark on Amazon EMR: the job runs as steps of a cluster. What is left out has a default that works for small and middling lakes. */
export interface EmrSettings {
  /** As `eu-central-1`; else that of the environment or of the AWS profile. */
  readonly region?: string
  /** Where steps run; a transient cluster with all its defaults where it is left out. */
  readonly cluster?: RunningEmrCluster | TransientEmrCluster
  /** The runtime role of the steps, on clusters that are set up for them. */
  readonly executionRole?: string
  /** Given to spark-submit with `--conf`. */
  readonly sparkConf?: Readonly<Record<string, string>>
  /** Seconds between two looks at a cluster, 15 where it is left out and at the least. All that poll in an account share one quota. */
  readonly pollSeconds?: number
  /** Seconds that an interrupted step has to end by itself before its processes are killed; 30. */
  readonly cancelSeconds?: number
  /** Instance type -> dollars an hour, EMR's part included. Costs are estimated from nothing else. */
  readonly prices?: Readonly<Record<string, number>>
}

/** A cluster that somebody keeps up: exactly one of its id, its name and a tag is given. It is never changed or terminated. */
export interface RunningEmrCluster {
  readonly kind: 'running'
  /** `j-...` */
  readonly clusterId?: string
  readonly name?: string
  readonly tag?: EmrTag
}

export interface EmrTag {
  readonly key: string
  readonly value: string
}

/** A cluster that is made when a run submits its first step, and terminated when the run ends, however it ends. */
export interface TransientEmrCluster {
  readonly kind: 'transient'
  /** `emr-7.14.0`, with Spark 3.5. */
  readonly release?: string
  /** One on-demand instance, of whichever of these types there is. */
  readonly masterTypes?: readonly string[]
  readonly core?: EmrCoreFleet
  /** Lets EMR add and take away instances between these bounds; none where it is left out. */
  readonly scaling?: EmrScaling
  /** Steps that may run at the same time: 4. */
  readonly stepConcurrency?: number
  /** Seconds without work after which the cluster ends by itself, should `lake` be killed: 3600. */
  readonly idleTimeoutSeconds?: number
  /** `EMR_DefaultRole` */
  readonly serviceRole?: string
  /** The role of the instances, which reads and writes the lake: `EMR_EC2_DefaultRole`. */
  readonly instanceProfile?: string
  /** EMR takes the one with the best offer; the account's default network where it is left out. */
  readonly subnets?: readonly string[]
  readonly securityConfiguration?: string
  /** `s3://bucket/prefix/`; `_lake/spark/logs/` in the lake where it is left out. */
  readonly logUri?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly ebs?: EmrVolumes
  readonly bootstrapActions?: readonly EmrBootstrapAction[]
  /** EMR's classifications -> their properties, as `{ 'spark-defaults': { ... } }`. */
  readonly configurations?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Clusters that a run may use up: where one is lost, the next takes over what it had not ended. 2. */
  readonly attempts?: number
}

/** Instances that hold data and compute. */
export interface EmrCoreFleet {
  /** Of about the same size, for each counts as one; the more of them, the likelier spot capacity is. */
  readonly types?: readonly string[]
  /** 1 */
  readonly onDemand?: number
  /** 1. Where there are none in time, on-demand ones are taken. */
  readonly spot?: number
  /** Minutes, 5 to 1440, until on-demand instances take the place of spot ones that did not come: 10. */
  readonly spotTimeoutMinutes?: number
}

/** Numbers of instances, the master left out. */
export interface EmrScaling {
  readonly minimum: number
  readonly maximum: number
  /** Above it, all are spot instances. */
  readonly maximumOnDemand?: number
}

export interface EmrVolumes {
  /** GiB of each volume. */
  readonly size: number
  /** `gp3` */
  readonly type?: string
  /** Volumes an instance: 1. */
  readonly count?: number
  /** GiB of the volume that the system is on. */
  readonly root?: number
}

export interface EmrBootstrapAction {
  readonly name: string
  /** `s3://...` of a script. */
  readonly path: string
  readonly args?: readonly string[]
}
