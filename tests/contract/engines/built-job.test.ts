/** The Spark job in dist/, as the package ships it. */
import { readFileSync } from 'node:fs'
import { strFromU8, unzipSync } from 'fflate'
import { expect, it } from 'vitest'
import { jobFiles } from '../../../framework/engines/spark/launch/job-files.ts'
import { jobModules, jobProgram } from '../../support/spark/job/job-modules.ts'

const { main, archive } = jobFiles()

it('the built Spark job is the program and a zip with every module of its package, unchanged', () => {
  expect(readFileSync(main, 'utf8')).toBe(jobProgram())
  const unzipped = Object.entries(unzipSync(readFileSync(archive)))
  expect(new Map(unzipped.map(([path, content]) => [path, strFromU8(content)]))).toEqual(jobModules())
  expect([...jobModules().keys()]).toContain('lake_job/lines/parse_line.py')
})
