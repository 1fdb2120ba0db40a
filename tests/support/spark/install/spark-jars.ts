/** The jars that Spark needs for S3 and for Delta tables, downloaded once. */
import { execFileSync } from 'node:child_process'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SparkVersion } from '../spark.ts'
import jars from './jars.json' with { type: 'json' }

export const JAR_SETS = ['s3a', 'delta'] as const

type JarSet = (typeof JAR_SETS)[number]

/**
 * Jars to leave out: those that Spark has already (a second Netty breaks it), and the bundles of
 * the complete AWS SDK.
 */
const LEFT_OUT: Readonly<Record<JarSet, readonly string[]>> = {
  s3a: [
    'com.amazonaws:aws-java-sdk-bundle',
    'software.amazon.awssdk:bundle',
    'io.netty:*',
    'org.slf4j:*',
    'commons-codec:*',
    'commons-logging:*',
    'org.apache.httpcomponents:*',
    'com.fasterxml.jackson.core:*',
    'joda-time:*',
  ],
  delta: [
    'org.apache.*:*',
    'com.fasterxml.jackson.*:*',
    'com.google.*:*',
    'org.antlr:*',
    'org.slf4j:*',
    'org.roaringbitmap:*',
    'org.xerial.*:*',
    'jakarta.*:*',
    'commons-*:*',
  ],
}

interface Submitting {
  readonly version: SparkVersion
  readonly sparkSubmit: string
  readonly env: Readonly<Record<string, string>>
}

export const jarNames = (version: SparkVersion, set: JarSet): readonly string[] => jars[version][set]

/**
 * Puts a set of jars, with all jars that they need, into the new directory `directory`. Spark's own
 * resolver fetches them from Maven Central.
 */
export function fetchJars({ version, sparkSubmit, env }: Submitting, set: JarSet, directory: string): void {
  const cache = `${directory}.ivy`
  const nothing = join(import.meta.dirname, 'nothing.py')
  const wanted = ['--packages', jarNames(version, set).join(','), '--exclude-packages', LEFT_OUT[set].join(',')]
  const args = ['--conf', `spark.jars.ivy=${cache}`, '--conf', 'spark.ui.enabled=false', ...wanted, nothing]
  execFileSync(sparkSubmit, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
  renameSync(join(cache, 'jars'), directory)
  rmSync(cache, { recursive: true, force: true })
}
