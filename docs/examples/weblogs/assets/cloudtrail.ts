import { boolean, defineSource, json, jsonDocuments, text, timestamp } from 'lake'

export const cloudtrail = defineSource({
  key: 'cloudtrail',
  description: 'The API calls of an AWS account, as CloudTrail writes them: gzip files, each an envelope of records.',
  format: jsonDocuments({ records: '$.Records[*]' }),
  columns: {
    event_id: text().from('eventID'),
    called_at: timestamp().from('eventTime'),
    service: text().from('eventSource'),
    call: text().from('eventName'),
    region: text().from('awsRegion'),
    caller: text().from('$.userIdentity.arn').nullable(),
    ip: text().from('sourceIPAddress'),
    read_only: boolean().from('readOnly').nullable(),
    bucket: text().from('$.requestParameters.bucketName').nullable(),
    parameters: json().from('requestParameters').nullable(),
    error: text().from('errorCode').nullable(),
  },
  unknownKeys: 'ignore',
})
