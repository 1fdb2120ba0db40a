#!/bin/sh
# uPlot 1.6.32: the script throws while it loads if navigator.language is en-US@posix, as headless
# Chromium reports on a machine whose locale is POSIX. It gives this name to Intl.NumberFormat,
# which refuses it. No chart is drawn then. With en-US it loads. (jsdom 26.1.0 stands in for the
# browser.)
# Seen:
#   en-US: loaded
#   en-US@posix: RangeError: Incorrect locale information provided
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund uplot@1.6.32 jsdom@26.1.0
cat > load.cjs <<'NODE'
const { readFileSync } = require('node:fs')
const { JSDOM } = require('jsdom')
const script = readFileSync('node_modules/uplot/dist/uPlot.iife.min.js', 'utf8')
for (const language of ['en-US', 'en-US@posix']) {
  const { window } = new JSDOM('', { runScripts: 'outside-only' })
  Object.defineProperty(window.navigator, 'language', { value: language })
  window.matchMedia = () => ({ addEventListener: () => undefined })
  try {
    window.eval(`${script}; window.loaded = typeof uPlot`)
    console.log(`${language}: ${window.loaded === 'function' ? 'loaded' : 'missing'}`)
  } catch (error) {
    console.log(`${language}: ${error.name}: ${error.message}`)
  }
}
NODE
node load.cjs | tee seen.txt
printf '%s\n' 'en-US: loaded' 'en-US@posix: RangeError: Incorrect locale information provided' | diff - seen.txt
