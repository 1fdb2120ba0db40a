import { bigint, defineSource, double, int, text, textLines, timestamp } from 'lake'

/** The parts of a line; what follows them is not kept. */
const LINE =
  /(?<type>\S+) (?<requested_at>\S+) (?<elb>\S+) (?<client>\S+) (?<target>\S+) (?<request_seconds>\S+) (?<target_seconds>\S+) (?<response_seconds>\S+) (?<elb_status>\d+) (?<target_status>\S+) (?<received>\d+) (?<sent>\d+) "(?<request>[^"]*)" "(?<user_agent>[^"]*)" .*/

export const albLog = defineSource({
  key: 'alb_log',
  description: 'What an Application Load Balancer logs: a line per request, in gzip files.',
  format: textLines({ pattern: LINE, nullText: '-' }),
  columns: {
    type: text(),
    requested_at: timestamp(),
    elb: text(),
    client: text(),
    target: text().nullable(),
    request_seconds: double(),
    target_seconds: double(),
    response_seconds: double(),
    elb_status: int().min(100).max(599),
    target_status: int().nullable(),
    received: bigint(),
    sent: bigint(),
    request: text(),
    user_agent: text().nullable(),
  },
})
