/** Accepts everything that is posted to it. Prints its address once it accepts requests. */
import { createServer } from 'node:http'

const server = createServer((request, response) => request.resume().once('end', () => response.end()))
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))
