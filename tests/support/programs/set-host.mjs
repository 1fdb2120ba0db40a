/** Makes a `lake` take itself for a process of the host that LAKE_HOST names. It is preloaded. */

import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

os.hostname = () => process.env.LAKE_HOST
syncBuiltinESMExports()
