/** Names datasets as OpenLineage does: a bucket and a prefix, or `file` and a path. */

export interface DatasetName {
  readonly namespace: string
  readonly name: string
}

/** The table of an asset. `lake` is the URI of a storage. */
export const datasetOf = (lake: string, key: string): DatasetName => datasetAt(`${lake}/${key}`)

/** The dataset at a local path or at `s3://bucket/prefix`. */
export function datasetAt(uri: string): DatasetName {
  const [, bucket, prefix = '/'] = /^(s3:\/\/[^/]+)\/?(.*)$/.exec(uri) ?? []
  return bucket === undefined ? { namespace: 'file', name: uri } : { namespace: bucket, name: prefix }
}
