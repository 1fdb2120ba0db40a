/** Declares every command: its arguments, its flags, its help, and the module that runs it. */
import { Argument, Option } from 'commander'
import { EXAMPLE_NAMES } from '../../init/examples.ts'
import { SHELLS } from '../completion/scripts.ts'
import type { CommandContext, ExitStatus } from '../context.ts'
import { ageInMs, collect, positiveInteger, wholeNumber } from './flag-values.ts'

/**
 * A command of the table. `values` holds its arguments and flags by name: `<asset>` is `asset`,
 * `--dry-run` is `dryRun`. Each command declares the type of its values. The table makes values of
 * that type, but TypeScript cannot check that.
 */
export type RunCommand = (context: CommandContext, values: never) => Promise<ExitStatus>

export interface CommandSpec {
  readonly name: string
  readonly help: string
  readonly arguments?: readonly Argument[]
  readonly flags?: readonly Option[]
  /**
   * Imports the command's module, so that no command pays for another's dependencies. undefined if
   * only subcommands run.
   */
  readonly load?: () => Promise<RunCommand>
  readonly commands?: readonly CommandSpec[]
}

/** The flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS: readonly Option[] = [
  new Option('--config <file>', 'the config file (default: config/lake.config.ts, here or above)'),
  new Option('--profile <name>', 'the profile of the config (default: default)'),
  new Option('--lake <uri>', 'where the tables are: a directory or s3://bucket/prefix'),
  new Option('--input <uri>', "where the source data is: a source's files are under URI/KEY"),
  new Option('--source <key=uri>', "where one source's files are (can be repeated)").argParser(collect),
  new Option('--json', 'print JSON on standard output'),
  new Option('--no-color', 'print no colours'),
]

const selection = new Argument(
  '[selection...]',
  'assets: songs, +songs (and upstream), songs+ (and downstream), tag:NAME, source:*; all if left out',
)
const asset = new Argument('<asset>', 'the key of an asset')
const runId = new Argument('<id>', 'an ID that `lake runs` prints, the beginning of one, or last')

const only = new Option('--only', 'do not refresh upstreams')
const follow = new Option('--follow', 'follow changes even where a rebuild is estimated to be cheaper').conflicts(
  'full',
)
const allowEmpty = new Option('--allow-empty', 'accept that a source has no files, or has lost all of them')

/** A flag whose value is a whole number of 1 or more. */
const count = (flag: string, help: string): Option => new Option(flag, help).argParser(positiveInteger)

const REFRESH: readonly CommandSpec[] = [
  {
    name: 'materialize',
    help: 'bring assets and their stale upstreams up to date',
    arguments: [selection],
    flags: [
      new Option('--full', 'rebuild the selection even if it is fresh'),
      follow,
      only,
      new Option('--dry-run', 'print the plan and do nothing'),
      count('--concurrency <n>', 'maximum number of assets that are built at the same time'),
      new Option('--fail-fast', 'after a failure, start no other asset'),
      new Option('--keep-going', 'after a failure, go on with assets that do not depend on it (the default)').conflicts(
        'failFast',
      ),
      new Option('--wait', 'if another run holds an asset, wait until it has ended (default: exit with 3)'),
      new Option('--overwrite-newer', 'publish even over tables that newer code has written'),
      allowEmpty,
    ],
    load: async () => (await import('./runs/materialize.ts')).materializeCommand,
  },
  {
    name: 'plan',
    help: 'print the steps that materialize would run, and why',
    arguments: [selection],
    flags: [new Option('--full', 'plan to rebuild the selection even if it is fresh'), follow, only, allowEmpty],
    load: async () => (await import('./runs/plan.ts')).planCommand,
  },
]

const INSPECTION: readonly CommandSpec[] = [
  {
    name: 'status',
    help: 'show the state of each asset, and why it is stale',
    flags: [new Option('--watch', 'in a terminal: read the lake every 3 seconds even if it is on S3')],
    load: async () => (await import('./project/status.ts')).statusCommand,
  },
  {
    name: 'show',
    help: 'show an asset: schema, upstream and downstream, checks, last versions',
    arguments: [asset],
    load: async () => (await import('./tables/show.ts')).showCommand,
  },
  {
    name: 'graph',
    help: 'print the lineage',
    flags: [new Option('--format <format>', 'output format').choices(['text', 'mermaid', 'dot', 'json'])],
    load: async () => (await import('./project/graph.ts')).graphCommand,
  },
  {
    name: 'catalog',
    help: 'write a page of the lake that opens from a file: lineage, columns, checks, versions',
    flags: [
      new Option('--out <dir>', 'the directory of the page').makeOptionMandatory(),
      count('--versions <n>', 'maximum number of versions of each asset').default(30),
      new Option(
        '--no-samples',
        'leave out values from the data: refused lines, examples of unknown keys, messages of failures, cursors',
      ),
    ],
    load: async () => (await import('./project/catalog.ts')).catalogCommand,
  },
  {
    name: 'history',
    help: 'list the versions of a table, newest first',
    arguments: [new Argument('[asset]', 'all assets if left out')],
    flags: [count('--limit <n>', 'maximum number of versions of each asset').default(20)],
    load: async () => (await import('./tables/history.ts')).historyCommand,
  },
  {
    name: 'runs',
    help: 'list past runs, newest first',
    flags: [count('--limit <n>', 'maximum number of runs').default(20)],
    load: async () => (await import('./runs/runs.ts')).runsCommand,
  },
  {
    name: 'run',
    help: 'show what a run did, or follow it until its end',
    arguments: [runId],
    flags: [new Option('--follow', 'follow a run of another process; the exit status is that of the run')],
    load: async () => (await import('./runs/runs.ts')).runCommand,
    commands: [
      {
        name: 'resume',
        help: 'do the rest of a run that was killed, canceled or failed',
        arguments: [runId],
        load: async () => (await import('./runs/resume.ts')).resumeCommand,
      },
    ],
  },
]

const DATA: readonly CommandSpec[] = [
  {
    name: 'query',
    help: "run SQL over the lake's tables",
    arguments: [new Argument('<sql>', 'one statement; - reads it from standard input')],
    flags: [
      new Option('--format <format>', 'output format').choices(['table', 'csv', 'json', 'parquet']),
      new Option('--out <file>', 'write to a file'),
      new Option(
        '--at <version>',
        'read tables as a run left them (its ID or last), or ASSET=VERSION of one (can be repeated)',
      ).argParser(collect),
      new Option('--allow-files', 'allow several statements, and let them read and write files of this machine'),
      new Option('--csv-safe', 'quote text in CSV that a spreadsheet would read as a formula'),
      count('--limit <n>', 'maximum number of rows (default: 200 for a table on a terminal, else all)'),
    ],
    load: async () => (await import('./tables/query.ts')).queryCommand,
  },
  {
    name: 'preview',
    help: "run an asset's query on a sample of its upstreams, and publish nothing",
    arguments: [asset],
    flags: [count('--rows <n>', 'maximum number of rows to show').default(10)],
    load: async () => (await import('./tables/preview.ts')).previewCommand,
  },
  {
    name: 'dev',
    help: 'plan again whenever assets or config change; show type errors and first rows of what is edited',
    arguments: [selection],
    flags: [count('--rows <n>', 'maximum number of rows to show').default(10)],
    load: async () => (await import('./project/dev.ts')).devCommand,
  },
  {
    name: 'export',
    help: 'print the views or tables with which other programs read the lake',
    arguments: [selection],
    flags: [
      new Option('--format <format>', 'for which program; hive is for Athena')
        .choices(['duckdb', 'hive', 'spark', 'trino', 'glue'])
        .makeOptionMandatory(),
      new Option('--database <name>', 'the database or schema of the tables'),
      new Option('--pin', 'list the data files of the newest versions that fit together (duckdb)'),
      new Option('--out <file>', 'write to a file'),
    ],
    load: async () => (await import('./tables/export.ts')).exportCommand,
  },
  {
    name: 'rejects',
    help: 'list the refused lines of a source, and why',
    arguments: [new Argument('<source>', 'the key of a source')],
    flags: [count('--limit <n>', 'maximum number of lines (default: 50, or all with --json)')],
    load: async () => (await import('./tables/rejects.ts')).rejectsCommand,
  },
  {
    name: 'init',
    help: 'write a new project, over your own files or over an example',
    arguments: [new Argument('[dir]', 'the directory of the project; this one if left out')],
    flags: [
      new Option('--from <place...>', 'directories of files, files, or s3://bucket/prefix: each is a source'),
      new Option('--example <name>', 'the example to begin with (default: orders)')
        .choices(EXAMPLE_NAMES)
        .conflicts('from'),
    ],
    load: async () => (await import('./project/init.ts')).initCommand,
  },
  {
    name: 'infer',
    help: 'print the declaration of a source, from its files',
    arguments: [new Argument('<place>', "the directory of the source's files, one file, or s3://bucket/prefix")],
    flags: [
      new Option('--key <key>', "the source's key (default: the name of the directory)"),
      new Option(
        '--pattern <pattern>',
        'the names of the files (default: the first of *.json, *.jsonl, *.ndjson, *.csv, *.tsv, *.parquet that matches)',
      ),
      count('--sample <n>', 'maximum number of files to read, at even distances (default: all)'),
    ],
    load: async () => (await import('./project/infer.ts')).inferCommand,
  },
  {
    name: 'simulate',
    help: 'write song and log files of an event simulator; the same seed gives the same files',
    flags: [
      new Option('--out <dir>', 'the directory for song_data/ and log_data/').makeOptionMandatory(),
      count('--songs <n>', 'number of songs, each in a file of its own').default(100),
      count('--events <n>', 'number of events').default(10_000),
      count('--days <n>', 'number of days, each in a log file of its own').default(30),
      new Option('--seed <n>', 'a number').argParser(wholeNumber).default(1),
    ],
    load: async () => (await import('./project/simulate.ts')).simulateCommand,
  },
]

const VERSIONS: readonly CommandSpec[] = [
  {
    name: 'check',
    help: 'run the checks of tables over their current rows, and publish nothing',
    arguments: [selection],
    load: async () => (await import('./tables/check.ts')).checkCommand,
  },
  {
    name: 'verify',
    help: 'rebuild assets from their recorded inputs without publishing them, and compare the rows',
    arguments: [selection],
    flags: [count('--limit <n>', 'maximum number of wrong rows to show of each kind').default(5)],
    load: async () => (await import('./tables/verify.ts')).verifyCommand,
  },
  {
    name: 'diff',
    help: 'compare two versions of a table: rows added, removed and changed',
    arguments: [
      asset,
      new Argument('<from>', 'a version that `lake history` prints').argParser(wholeNumber),
      new Argument('<to>', 'another version').argParser(wholeNumber),
    ],
    flags: [count('--limit <n>', 'maximum number of rows to show of each kind').default(10)],
    load: async () => (await import('./tables/diff.ts')).diffCommand,
  },
  {
    name: 'rollback',
    help: 'commit a new version with the rows of an earlier one',
    arguments: [asset],
    flags: [
      new Option('--to <version>', 'the earlier version; `lake history` prints them')
        .argParser(wholeNumber)
        .makeOptionMandatory(),
    ],
    load: async () => (await import('./tables/rollback.ts')).rollbackCommand,
  },
  {
    name: 'drop',
    help: 'remove a table that no asset declares, with all of its versions',
    arguments: [new Argument('<key>', 'a table that `lake status` lists as undeclared')],
    flags: [new Option('--yes', 'do not ask for confirmation')],
    load: async () => (await import('./tables/drop.ts')).dropCommand,
  },
  {
    name: 'vacuum',
    help: 'delete files that no kept version needs',
    flags: [
      new Option(
        '--older-than <age>',
        'keep each version that was the newest at some time within this age: 7d, 12h, 0d',
      )
        .argParser(ageInMs)
        .default(ageInMs('7d'), '7d'),
      new Option('--dry-run', 'list what would be deleted, and delete nothing'),
    ],
    load: async () => (await import('./tables/vacuum.ts')).vacuumCommand,
  },
]

const SCHEDULES: CommandSpec = {
  name: 'schedule',
  help: 'scheduled refreshes',
  commands: [
    {
      name: 'list',
      help: 'list the schedules of the config',
      load: async () => (await import('./runs/schedule.ts')).listCommand,
    },
    {
      name: 'next',
      help: 'print the next times of each schedule',
      flags: [count('--count <n>', 'number of times of each schedule').default(3)],
      load: async () => (await import('./runs/schedule.ts')).nextCommand,
    },
    {
      name: 'run',
      help: 'stay in the foreground and run what is due, one refresh at a time',
      arguments: [new Argument('[name]', 'only this schedule')],
      flags: [
        new Option('--once', 'run the work of the schedule now, as one tick, and end with the status of the run'),
      ],
      load: async () => (await import('./runs/schedule-run.ts')).scheduleRunCommand,
    },
    {
      name: 'export',
      help: 'print the schedules for another scheduler',
      flags: [
        new Option('--format <format>', 'format of the other scheduler')
          .choices(['crontab', 'systemd', 'kubernetes', 'eventbridge'])
          .default('crontab'),
        new Option('--image <image>', 'kubernetes: the container image that holds the project'),
        new Option('--target <file>', 'eventbridge: a JSON file with the Target of CreateSchedule'),
        new Option('--container <name>', 'eventbridge: the container of the task that holds the project').default(
          'lake',
        ),
      ],
      load: async () => (await import('./runs/schedule-export.ts')).exportSchedulesCommand,
    },
  ],
}

const SETUP: readonly CommandSpec[] = [
  {
    name: 'help',
    help: 'explain a command, a guide or a word of the glossary; list them',
    arguments: [new Argument('[topic...]', 'plan, formats, early cutoff, ...')],
    load: async () => (await import('./project/help.ts')).helpCommand,
  },
  {
    name: 'doctor',
    help: 'check everything that a run depends on, and say what to do',
    load: async () => (await import('./project/doctor.ts')).doctorCommand,
  },
  {
    name: 'completion',
    help: 'print a script that completes commands, assets, profiles, runs and versions in a shell',
    arguments: [new Argument('<shell>').choices(SHELLS)],
    load: async () => (await import('./project/completion.ts')).completionCommand,
  },
  {
    name: 'emr',
    help: 'Spark on Amazon EMR',
    commands: [
      {
        name: 'plan',
        help: 'print the requests that materialize would send to EMR, and send none',
        arguments: [selection],
        flags: [new Option('--full', 'plan to rebuild the selection even if it is fresh'), only],
        load: async () => (await import('./project/emr.ts')).emrPlanCommand,
      },
    ],
  },
]

/** In the order in which `lake --help` lists them. */
export const COMMANDS: readonly CommandSpec[] = [...REFRESH, ...INSPECTION, ...DATA, ...VERSIONS, SCHEDULES, ...SETUP]

export const COMMAND_NAMES: readonly string[] = COMMANDS.map(({ name }) => name)
