/** Preloaded into a `lake` that has to run as if it were on the host that LAKE_HOST names. */

import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

os.hostname = () => process.env.LAKE_HOST
syncBuiltinESMExports()
