export { albLog } from './alb_log.ts'
export { cloudtrail } from './cloudtrail.ts'
export { deniedCalls } from './denied_calls.ts'
export { traffic } from './traffic.ts'
