/** Which texts are valid locations of directories, and what the error says about other texts. */
import { describe, expect, it } from 'vitest'
import { parseLocalPath, parseLocation, refuseFile } from '../../../framework/cli/project/location.ts'

const place = (written: string) => parseLocation({ what: '--lake', written, base: '/project' })
const local = (written: string) => parseLocalPath({ what: '--out', written, base: '/project' })

describe('a location', () => {
  it('is a directory or does not exist yet; it is not a file', () => {
    const refused = (written: string) => refuseFile('--lake', place(written))
    expect(() => refused(import.meta.filename)).toThrow(
      `a file where a directory is needed. Name a directory, such as ${import.meta.dirname}.`,
    )
    refused(`${import.meta.filename}/inside`)
    refused('missing')
    expect(place(`${import.meta.filename}/inside`)).toBe(`${import.meta.filename}/inside`)
    expect(local(import.meta.filename)).toBe(import.meta.filename)
  })

  it.each([
    ['lake', '/project/lake'],
    ['./lake/', '/project/lake'],
    ['../lake', '/lake'],
    ['/data/lake', '/data/lake'],
    ['a b/~c', '/project/a b/~c'],
    ['./~', '/project/~'],
    ['s3', '/project/s3'],
    ['./s3:/b', '/project/s3:/b'],
    ['s3://bucket', 's3://bucket'],
    ['S3://bucket/a/b//', 's3://bucket/a/b'],
  ])('is written as %j', (written, uri) => expect(place(written)).toBe(uri))

  it.each([
    ['', 'It is empty: is a shell variable not set?'],
    [' ', 'It is empty'],
    ['\n', 'It is empty'],
    [' lake', 'It begins or ends with white space'],
    ['s3://bucket/a ', 'It begins or ends with white space'],
    ['a\0b', 'NUL'],
    ['~', 'Only a shell expands ~'],
    ['~/lake', 'or ./~/lake for a directory of that name'],
    ['~nobody/lake', 'Only a shell expands ~'],
    ['s3:/bucket/lake', 'Write s3://bucket/lake.'],
    ['s3:bucket/lake', 'Write s3://bucket/lake.'],
    ['S3:/bucket', 'Write s3://bucket.'],
    ['s3a:/bucket', 'Write s3://bucket.'],
    ['s3:', 'Write s3://bucket/prefix.'],
    ['s3:/', 'Write s3://bucket/prefix.'],
    ['file:/data', 'lake does not know file:'],
    ['s3://', 'names no bucket'],
    ['s3:///lake', 'names no bucket'],
    ['s3://bucket/in/../lake', 'In S3, . and .. are ordinary names'],
    ['s3://bucket/./lake', 'In S3, . and .. are ordinary names'],
    ['file:///data', 'lake does not know file://'],
    ['hdfs://host/data', 'lake does not know hdfs://'],
  ])('cannot be %j', (written, says) => {
    expect(() => place(written)).toThrow(
      expect.objectContaining({ code: 'config', message: expect.stringContaining(says) }),
    )
  })

  it('cannot be a URI if it is on this machine', () => {
    expect(local('songs.csv')).toBe('/project/songs.csv')
    for (const written of ['', ' ', '~/songs.csv', 's3://bucket/songs.csv', 's3:/bucket', 'file:///songs.csv']) {
      expect(() => local(written)).toThrow(expect.objectContaining({ code: 'config' }))
    }
  })
})
