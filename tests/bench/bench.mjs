// usage: npm run bench -- [--only full-refresh|increments|formats|nothing-to-do|assets|catalog]...
//                         [--only listeners|spark|s3]...
//                         [--runs 3] [--assets 10000] [--large] [--peers FILE]...
//        npm run bench -- --scale [--files 1000000] [--partitions 100000] [--runs 3]
//        npm run bench -- --quick [--record]
// --quick counts what runs over a small lake do, and fails if they do more than
// tests/bench/counters/counters.json says; --record changes that file.
// FILEs are results of other tools on the same kind of data, as ../shared/bench/peers/bench.py
// writes them.
// --scale measures very many source files and data files, and ten times as many without their data.
// It only prints; docs/scale.md has its figures.
// Needs `npm run build`. Data and lakes are kept in .cache/bench. A run of everything writes
// docs/benchmarks.md; one with flags only prints.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { quick } from './counters/counters.mjs'
import { machine, markdownTable, mebibytes, percent, seconds, times, verdict, whole } from './report.mjs'
import { catalogOfMany } from './suites/catalog.mjs'
import { fingerprintSeconds } from './suites/fingerprints.mjs'
import { FORMS, formatRows, ingestForm } from './suites/formats.mjs'
import { fullRefresh, onOneCore, songFiles } from './suites/full-refresh.mjs'
import { increments } from './suites/increments.mjs'
import { listeners } from './suites/listeners.mjs'
import { planManyAssets } from './suites/many/many-assets.mjs'
import { manyDataFiles, manySourceFiles } from './suites/many/many-files.mjs'
import { filesWithoutData, logWithoutData } from './suites/many/without-data.mjs'
import { freshLake, nothingToDo } from './suites/nothing-to-do.mjs'
import { peerRows } from './suites/peers.mjs'
import { requestsToS3 } from './suites/s3.mjs'
import { sparkRefresh } from './suites/spark.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PLACE = `${ROOT}.cache/bench`
const BIG = { songs: 15_000, events: 1_000_000, days: 120 }
const LARGE = { ...BIG, events: 4_000_000 }
/** Ten times as many days, so that each day has the same size. */
const TEN_TIMES = { ...BIG, events: 10_000_000, days: 1_200 }
const ON_S3 = { ...BIG, events: 30_000 }
/** How many assets the page of a catalogue has. */
const CATALOG = 2_000
/**
 * The largest share of a full refresh that a change may take. All changes without an entry may take
 * a tenth.
 */
const LARGEST_SHARE = { 'a new day': 0.05, 'a late event': 0.05, 'a day lost': 0.08 }
const SMALL = { songs: 100, events: 8_000, days: 30 }

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    runs: { type: 'string', default: '3' },
    assets: { type: 'string', default: '10000' },
    large: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    files: { type: 'string', default: '1000000' },
    partitions: { type: 'string', default: '100000' },
    peers: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
})
if (flags.quick) process.exit(quick(flags) ? 0 : 1)
const runs = Number(flags.runs)
const assets = Number(flags.assets)
const wanted = (name) => !flags.scale && (flags.only.length === 0 || flags.only.includes(name))

const targets = [['target', 'limit', 'measured', '']]
const target = (name, figure, limit, how) => {
  targets.push([
    name,
    `${how.atLeast ? 'at least' : 'at most'} ${how.print(limit)}`,
    how.print(figure),
    verdict(figure, limit, how),
  ])
}

const [loadBefore] = loadavg()
const page = [
  '# Benchmarks',
  'Whole processes, measured from outside by `npm run bench`: seconds from start to exit, CPU seconds and peak resident memory by the ' +
    `kernel's account, medians of ${runs} runs after one to warm up, the sides of a comparison taking turns. Files are in the ` +
    "operating system's cache.",
]

async function fullRefreshSection() {
  const { lake, script, rows, steps } = await fullRefresh(PLACE, { ...BIG, runs })
  const tiny = songFiles(PLACE, { ...BIG, runs })
  const one = onOneCore(PLACE, { ...BIG, runs: 1 })
  target('full refresh, wall time by hand', lake.wallSeconds / script.wallSeconds, 1.25, { print: times })
  target('full refresh, CPU by hand', lake.cpuSeconds / script.cpuSeconds, 1.6, { print: times })
  const busiest = lake.busiestSeconds / script.wallSeconds
  target('busiest thread’s CPU, of the wall time by hand', busiest, 0.4, { print: times })
  target('song files alone, wall time by hand', tiny.lake.wallSeconds / tiny.script.wallSeconds, 1.2, { print: times })
  if (one) {
    const speedUp = (name, all) => one[name].wallSeconds / all.wallSeconds
    target('from one core to all', speedUp('lake', lake), speedUp('script', script), { print: times, atLeast: true })
  }
  target(`peak memory, ${whole(BIG.events)} events`, lake.peakMiB, 1024, { print: mebibytes })
  page.push(
    `## Full refresh of the five tables\n\n${whole(BIG.songs)} song files, ${whole(BIG.events)} events in ${BIG.days} files, from nothing. ` +
      '"By hand" is `tests/bench/by-hand/yardstick.mjs`: DuckDB SQL over the same files, Parquet out, without rejects, checks, fingerprints or ' +
      `a table of the raw rows. Both hold the same rows: ${Object.entries(rows)
        .map(([name, count]) => `${name} ${whole(count)}`)
        .join(', ')}.`,
    markdownTable([
      ['', 'wall', 'CPU', 'peak memory', 'busiest thread', 'on one core', 'song files alone'],
      ...Object.entries({ 'by hand': script, lake }).map(([name, side]) => {
        const key = name === 'lake' ? name : 'script'
        const alone = one ? seconds(one[key].wallSeconds) : ''
        return [name, ...figures(side), seconds(side.busiestSeconds), alone, seconds(tiny[key].wallSeconds)]
      }),
    ]),
    'Where the time goes, from the events of the median run (steps overlap):',
    markdownTable([
      ['step', 'from', 'to', 'takes', 'rows'],
      ...steps.map(({ name, from, to, rows }) => [
        name,
        seconds(from),
        seconds(to),
        seconds(to - from),
        rows === undefined ? '' : whole(rows),
      ]),
    ]),
  )
}

async function incrementsSection() {
  const { lake: full, script, tables, input } = await fullRefresh(PLACE, { ...BIG, runs })
  const { materialize: idle } = nothingToDo({ tables, input }, runs)
  const fingerprints = await fingerprintSeconds(tables)
  target('fingerprints, of a full refresh’s CPU', fingerprints / full.cpuSeconds, 0.2, { print: percent })
  const steps = await increments(PLACE, BIG, { runs })
  const beyondStart = ({ wallSeconds }) => (wallSeconds - idle.wallSeconds) / (full.wallSeconds - idle.wallSeconds)
  for (const [name, step] of Object.entries(steps)) {
    target(`${name}, of a full refresh beyond start-up`, beyondStart(step), LARGEST_SHARE[name] ?? 0.1, {
      print: percent,
    })
  }
  const large = await increments(PLACE, TEN_TIMES, { runs: 1, compares: false })
  for (const [name, step] of Object.entries(large)) {
    target(`${name}, ten times the lake`, step.wallSeconds / steps[name].wallSeconds, 2, { print: times })
  }
  const rows = Object.entries(steps).map(([name, step]) => [
    name,
    ...figures(step),
    percent(beyondStart(step)),
    ...[step.changed, step.written, step.ingested].map(whole),
    'yes',
    seconds(large[name].wallSeconds),
  ])
  page.push(
    `## One change of the input\n\n${whole(BIG.songs)} song files, ${whole(BIG.events)} events in ${BIG.days} files, all of it fresh; then one change, and \`lake materialize\`. ` +
      `A full refresh takes ${seconds(full.wallSeconds)}, by hand ${seconds(script.wallSeconds)}, and a run that has nothing to do ${seconds(idle.wallSeconds)}. ` +
      'Rows changed and written are those of the five tables; rows that share a file with a replaced one are written with it. Rows ingested are those of the ' +
      "source's own table. Afterwards all rows are compared with those of the hand-written script over the same files. The last column: the same change, without a comparison, where the lake has " +
      `${whole(TEN_TIMES.events)} events in ${whole(TEN_TIMES.days)} files.`,
    markdownTable([
      [
        '',
        'wall',
        'CPU',
        'peak memory',
        'of a full refresh',
        'rows changed',
        'rows written',
        'rows ingested',
        'right afterwards?',
        'ten times the lake',
      ],
      ...rows,
    ]),
  )
  if (flags.peers.length > 0) {
    page.push(
      'Other tools after the same changes of like data, as their users would keep these tables up to date; wall time (CPU), and whether the rows are right afterwards:',
      markdownTable(peerRows(flags.peers, { byHand: script, lake: steps })),
    )
  }
}

async function listenersSection() {
  const pairs = runs * 3
  const { on, off, share, lowest, highest } = await listeners(PLACE, { ...BIG, pairs })
  target('hooks and lineage, of a full refresh’s CPU', share, 0.03, { print: percent })
  page.push(
    `## Hooks and lineage\n\nThe CPU of the full refresh above with a webhook, a hook that is a function, and OpenLineage over HTTP, and without them: medians of ${pairs} pairs of runs. The share is the median of the pairs.`,
    markdownTable([
      ['', 'CPU'],
      ['without', seconds(off)],
      ['with', seconds(on)],
      ['share', `${percent(share)} (${percent(lowest)} to ${percent(highest)})`],
    ]),
  )
}

async function largeSection() {
  const { lake, script } = await fullRefresh(PLACE, { ...LARGE, runs: 1 })
  target(`peak memory, ${whole(LARGE.events)} events`, lake.peakMiB, 1024, { print: mebibytes })
  const ratio = lake.wallSeconds / script.wallSeconds
  target(`full refresh of ${whole(LARGE.events)} events, wall time by hand`, ratio, 1.25, { print: times })
  page.push(
    `## Four times the events\n\n${whole(LARGE.events)} events in ${LARGE.days} files, one run after one to warm up.`,
    markdownTable([
      ['', 'wall', 'CPU', 'peak memory', 'speed'],
      ['by hand', ...figures(script), times(1)],
      ['lake', ...figures(lake), times(script.wallSeconds / lake.wallSeconds)],
    ]),
  )
}

async function formatsSection() {
  const sides = {}
  for (const name of Object.keys(FORMS)) {
    const side = await ingestForm(PLACE, name, { rows: BIG.events, runs })
    target(`${name}, CPU by hand`, side.lake.cpuSeconds / side.script.cpuSeconds, 1.5, { print: times })
    sides[name] = side
  }
  page.push(
    `## Other formats\n\n${whole(BIG.events)} rows of eight columns, from nothing. "By hand" is ` +
      '`tests/bench/by-hand/yardstick-formats.mjs`: DuckDB SQL over the same files into one Parquet file, without line numbers, rejects, ' +
      'fingerprints or a log. Both hold the same rows.',
    markdownTable([['', 'CPU', 'peak memory', 'of by hand'], ...formatRows(sides)]),
  )
}

function nothingToDoSection() {
  const [small, big] = [SMALL, BIG].map((size) => ({ size, sides: nothingToDo(freshLake(PLACE, size), runs * 3) }))
  for (const command of ['materialize', 'status']) {
    const ofNode = ({ sides }) => sides[command].wallSeconds / sides.node.wallSeconds
    target(`nothing to do, small: ${command}, wall time of node`, ofNode(small), 2.2, { print: times })
    target(`nothing to do, ${whole(BIG.songs)} files: ${command}, wall time of node`, ofNode(big), 3, { print: times })
  }
  const rows = [small, big].flatMap(({ size, sides }) => {
    const input = `${whole(size.songs + size.days)} files`
    return Object.entries(sides).map(([name, side]) => [
      name === 'node' ? '`node -e 0`' : `\`lake ${name}\`, ${input}`,
      ...[...figures(side), times(side.wallSeconds / sides.node.wallSeconds)],
    ])
  })
  page.push(
    `## Nothing to do\n\nEverything is fresh; medians of ${runs * 3} runs. No native add-on is loaded by either command, so no DuckDB.`,
    markdownTable([['', 'wall', 'CPU', 'peak memory', 'of Node alone'], ...rows]),
  )
}

function assetsSection() {
  const counts = [0.1, 0.5, 1].map((share) => Math.ceil(assets * share))
  const sides = planManyAssets(PLACE, counts, runs)
  target(`plan of ${whole(assets)} assets`, sides[assets].wallSeconds, 1, { print: seconds })
  page.push(
    '## Many assets\n\n`lake plan` over generated assets, 100 a file, each of two upstreams, all fresh: load, check, observe and plan.',
    markdownTable([
      ['assets', 'wall', 'CPU', 'peak memory', 'wall per 1,000'],
      ...counts.map((count) => [
        whole(count),
        ...figures(sides[count]),
        seconds((sides[count].wallSeconds / count) * 1000),
      ]),
    ]),
  )
}

function catalogSection() {
  const { written, opened } = catalogOfMany(PLACE, CATALOG, runs)
  target(`catalogue of ${whole(CATALOG)} assets, written`, written.wallSeconds, 3, { print: seconds })
  target(`catalogue of ${whole(CATALOG)} assets, opened`, opened / 1000, 1, { print: seconds })
  page.push(
    `## The page of a lake\n\n\`lake catalog\` of ${whole(CATALOG)} generated assets, all fresh, and its page in a headless Chromium without a GPU: from the beginning of its load until the whole graph is drawn and the page takes input.`,
    markdownTable([
      ['', 'wall', 'CPU', 'peak memory'],
      ['written', ...figures(written)],
      ['opened', seconds(opened / 1000), '', ''],
    ]),
  )
}

async function sparkSection() {
  const versions = await sparkRefresh(PLACE, { ...SMALL, runs })
  const rows = Object.entries(versions).map(([version, { lake, script, idle }]) => {
    const ratio = lake.wallSeconds / script.wallSeconds
    target(`full refresh on Spark ${version}, of a hand-written job`, ratio, 1.15, { print: times })
    return [
      version,
      ...[script, lake].map(({ wallSeconds }) => seconds(wallSeconds)),
      times(ratio),
      seconds(idle.wallSeconds),
    ]
  })
  page.push(
    `## On a local Spark\n\n${whole(SMALL.songs)} song files, ${whole(SMALL.events)} events in ${SMALL.days} files, from nothing, from the start of the process to its end. "By hand" is ` +
      '`tests/bench/by-hand/yardstick.py`: one PySpark job, started with the same options on the same Java, Parquet out, without rejects, checks, fingerprints, a table of the raw rows or a log. Both hold the same rows.',
    markdownTable([['Spark', 'by hand', 'lake', 'of by hand', 'lake, nothing to do'], ...rows]),
  )
}

async function s3Section() {
  const counted = await requestsToS3(PLACE, ON_S3)
  for (const { name, lake, budget } of counted) target(`S3 requests, ${name}`, lake, budget, { print: whole })
  page.push(
    `## Requests to S3\n\n${whole(ON_S3.songs)} song files and ${whole(ON_S3.events)} events in ${ON_S3.days} files, sources and lake on a real S3 server. The figures do not depend on the ` +
      'machine. A change of one file is made to a lake in which all is fresh. The budget is for the requests to the lake.',
    markdownTable([
      ['', 'source GET', 'source LIST', 'lake LIST', 'lake GET', 'lake PUT', 'lake DELETE', 'to the lake', 'budget'],
      ...counted.map(({ name, ...run }) => [
        name,
        ...[run.sourceGets, run.sourceLists, run.lists, run.gets, run.puts, run.deletes, run.lake, run.budget].map(
          whole,
        ),
      ]),
    ]),
  )
}

/** Limits for a million source files. */
const PEAK_MIB = { 'first ingest': 700, 'one changed file': 700, 'nothing to do': 250 }

/** Measures at a tenth of the size too, because the figures should grow no faster than the size. */
function scaleSection() {
  const suites = [
    ['source files of 250 bytes', manySourceFiles, Number(flags.files)],
    ['data files in one table', manyDataFiles, Number(flags.partitions)],
  ]
  for (const [what, measured, count] of suites) {
    const [tenth, all] = [Math.ceil(count / 10), count].map((size) => measured(PLACE, size, runs))
    for (const [name, side] of Object.entries(all)) {
      target(`${name}, ${whole(count)} ${what}: peak memory`, side.peakMiB, PEAK_MIB[name] ?? 1024, {
        print: mebibytes,
      })
    }
    const rows = Object.entries(all).map(([name, side]) => [
      name,
      ...figures(tenth[name]),
      ...figures(side),
      times(side.cpuSeconds / tenth[name].cpuSeconds),
    ])
    page.push(
      `## ${whole(count)} ${what}\n\nFirst a tenth of them, then all; the last column is the ratio of the CPU times.`,
      markdownTable([['', 'wall', 'CPU', 'peak memory', 'wall', 'CPU', 'peak memory', 'growth'], ...rows]),
    )
  }
  withoutDataSection([
    ['files listed of a source', filesWithoutData, Number(flags.files) * 10],
    ['data files logged of a table', logWithoutData, Number(flags.partitions) * 10],
  ])
}

/** The tenth of the size comes first. A step that fails has its error instead of figures. */
function withoutDataSection(suites) {
  for (const [what, measured, count] of suites) {
    const rows = [Math.ceil(count / 10), count].flatMap((size) =>
      Object.entries(measured(PLACE, size)).map(([name, side]) => [
        ...[whole(size), name],
        ...(side.broke === undefined ? [...figures(side), side.stdout.trim()] : ['', '', '', side.broke]),
      ]),
    )
    page.push(
      `## ${whole(count)} ${what}, without data`,
      markdownTable([['files', '', 'wall', 'CPU', 'peak memory', 'result'], ...rows]),
    )
  }
}

const figures = ({ wallSeconds, cpuSeconds, peakMiB }) => [
  seconds(wallSeconds),
  seconds(cpuSeconds),
  mebibytes(peakMiB),
]

mkdirSync(PLACE, { recursive: true })
if (wanted('full-refresh')) await fullRefreshSection()
if (wanted('increments')) await incrementsSection()
if (wanted('listeners')) await listenersSection()
if (flags.large) await largeSection()
if (wanted('formats')) await formatsSection()
if (wanted('nothing-to-do')) nothingToDoSection()
if (wanted('assets')) assetsSection()
if (wanted('catalog')) catalogSection()
if (wanted('spark')) await sparkSection()
if (wanted('s3')) await s3Section()
if (flags.scale) scaleSection()
page.splice(2, 0, markdownTable([['machine', ''], ...machine(loadBefore)]), '## Targets', markdownTable(targets))
const text = `${page.join('\n\n')}\n`
process.stdout.write(text)
if (flags.only.length === 0 && !flags.scale) writeFileSync(`${ROOT}docs/benchmarks.md`, text + measuredElsewhere())

/** The sections at the end of the document, which other commands measure. */
function measuredElsewhere() {
  const [, ...kept] = readFileSync(`${ROOT}docs/benchmarks.md`, 'utf8').split(/(?=^## TPC-H)/m)
  return kept.map((section) => `\n${section}`).join('')
}
