import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext, ExitStatus } from './context.ts'
import type { GlobalFlags } from './project/project.ts'
import { openTerminal } from './terminal.ts'

/** Calls a command of a module that is loaded for it: what a command needs is loaded by no other. */
type Run = <Module>(
  load: () => Promise<Module>,
  call: (module: Module, context: CommandContext) => Promise<ExitStatus>,
) => Promise<void>

/** The commands of the Contract. `ended` gets the exit status of the one that ran. */
export function buildProgram(ended: (status: ExitStatus) => void): Command {
  const program = new Command('lake')
  const run: Run = async (load, call) => {
    const flags = program.opts<GlobalFlags>()
    ended(await call(await load(), { flags, terminal: openTerminal(flags) }))
  }
  program
    .description('A typed asset graph for data lakes: rebuilds exactly what is stale, and says why.')
    .version('0.1.0')
    .option('--config <file>', 'the config file (default: config/lake.config.ts, here or above)')
    .option('--profile <name>', 'the profile of the config (default: default)')
    .option('--lake <uri>', 'where the tables are: a directory or s3://bucket/prefix')
    .option('--input <uri>', "where the source data is: a source's files are under URI/KEY")
    .option('--source <key=uri>', "where one source's files are (may be repeated)", collect)
    .option('--json', 'print JSON on standard output')
    .option('--no-color', 'print no colours')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(lake --help lists the commands, lake COMMAND --help the flags of one)')
  addRefreshCommands(program, run)
  addInspectionCommands(program, run)
  addDataCommands(program, run)
  addVersionCommands(program, run)
  addScheduleCommands(program, run)
  addSetupCommands(program, run)
  return program
}

function addRefreshCommands(program: Command, run: Run): void {
  program
    .command('materialize')
    .description('bring assets and their stale upstreams up to date')
    .argument('[selection...]', SELECTION)
    .option('--full', 'rebuild what is selected, whatever its state')
    .option('--only', 'leave upstreams as they are')
    .option('--dry-run', 'print the plan and do nothing')
    .option('--concurrency <n>', 'assets that are built at the same time', positiveInteger)
    .option('--fail-fast', 'after a failure, begin nothing more')
    .addOption(
      new Option('--keep-going', 'after a failure, go on with what does not depend on it (the default)').conflicts(
        'failFast',
      ),
    )
    .option('--overwrite-newer', 'publish over tables that were made by code loaded later than this')
    .option('--allow-empty', ALLOW_EMPTY)
    .action((selection, flags) =>
      run(
        () => import('./commands/runs/materialize.ts'),
        ({ materializeCommand }, context) => materializeCommand(context, selection, flags),
      ),
    )
  program
    .command('plan')
    .description('print the steps that materialize would run, and why')
    .argument('[selection...]', SELECTION)
    .option('--full', 'plan to rebuild what is selected, whatever its state')
    .option('--only', 'leave upstreams as they are')
    .option('--allow-empty', ALLOW_EMPTY)
    .action((selection, flags) =>
      run(
        () => import('./commands/runs/plan.ts'),
        ({ planCommand }, context) => planCommand(context, selection, flags),
      ),
    )
}

function addInspectionCommands(program: Command, run: Run): void {
  program
    .command('status')
    .description('show the state of each asset, and why it is stale')
    .option('--watch', 'follow changes')
    .action((flags) =>
      run(
        () => import('./commands/project/status.ts'),
        ({ statusCommand }, context) => statusCommand(context, flags),
      ),
    )
  program
    .command('show')
    .description('show an asset: schema, upstream and downstream, checks, last materializations')
    .argument('<asset>')
    .action((key) =>
      run(
        () => import('./commands/tables/show.ts'),
        ({ showCommand }, context) => showCommand(context, key),
      ),
    )
  program
    .command('graph')
    .description('print the lineage')
    .addOption(new Option('--format <format>', 'as what').choices(['text', 'mermaid', 'dot', 'json']))
    .action((flags) =>
      run(
        () => import('./commands/project/graph.ts'),
        ({ graphCommand }, context) => graphCommand(context, flags),
      ),
    )
  program
    .command('history')
    .description('list the versions of a table, newest first')
    .argument('[asset]', 'all assets if left out')
    .option('--limit <n>', 'versions of each asset', positiveInteger, 20)
    .action((key, flags) =>
      run(
        () => import('./commands/tables/history.ts'),
        ({ historyCommand }, context) => historyCommand(context, key, flags),
      ),
    )
  program
    .command('runs')
    .description('list past runs, newest first')
    .option('--limit <n>', 'how many', positiveInteger, 20)
    .action((flags) =>
      run(
        () => import('./commands/runs/runs.ts'),
        ({ runsCommand }, context) => runsCommand(context, flags),
      ),
    )
  const past = program
    .command('run')
    .description("show one run's events")
    .argument('<id>', RUN_ID)
    .action((id) =>
      run(
        () => import('./commands/runs/runs.ts'),
        ({ runCommand }, context) => runCommand(context, id),
      ),
    )
  past
    .command('resume')
    .description('do what a run that was killed, canceled or failed has left undone')
    .argument('<id>', RUN_ID)
    .action((id) =>
      run(
        () => import('./commands/runs/resume.ts'),
        ({ resumeCommand }, context) => resumeCommand(context, id),
      ),
    )
}

function addDataCommands(program: Command, run: Run): void {
  program
    .command('query')
    .description("run SQL over the lake's tables")
    .argument('<sql>', 'one statement; - reads it from standard input')
    .addOption(new Option('--format <format>', 'as what').choices(['table', 'csv', 'json', 'parquet']))
    .option('--out <file>', 'write to a file')
    .option('--at <asset=version>', 'read a table as it was (may be repeated)', collect)
    .option('--allow-files', "let the SQL read and write this machine's files, and be several statements")
    .option('--csv-safe', 'with CSV: keep spreadsheets from taking text for formulas')
    .option('--limit <n>', 'print so many rows (as a table on a terminal 200, else all)', positiveInteger)
    .action((sql, flags) =>
      run(
        () => import('./commands/tables/query.ts'),
        ({ queryCommand }, context) => queryCommand(context, sql, flags),
      ),
    )
  program
    .command('rejects')
    .description('list the lines of a source that were refused, and why')
    .argument('<source>')
    .option('--limit <n>', 'print so many (with --json, all unless given)', positiveInteger)
    .action((key, flags) =>
      run(
        () => import('./commands/tables/rejects.ts'),
        ({ rejectsCommand }, context) => rejectsCommand(context, key, flags),
      ),
    )
  program
    .command('simulate')
    .description('write song and log JSON as the event simulator does; the same for the same seed')
    .requiredOption('--out <dir>', 'the directory, which gets song_data/ and log_data/')
    .option('--songs <n>', 'songs, a file each', positiveInteger, 100)
    .option('--events <n>', 'events in all', positiveInteger, 10_000)
    .option('--days <n>', 'days, a log file each', positiveInteger, 30)
    .option('--seed <n>', 'a number', wholeNumber, 1)
    .action((flags) =>
      run(
        () => import('./commands/project/simulate.ts'),
        ({ simulateCommand }, context) => simulateCommand(context, flags),
      ),
    )
}

function addVersionCommands(program: Command, run: Run): void {
  program
    .command('check')
    .description('run the checks of tables over the rows that stand, and publish nothing')
    .argument('[selection...]', SELECTION)
    .action((selection) =>
      run(
        () => import('./commands/tables/check.ts'),
        ({ checkCommand }, context) => checkCommand(context, selection),
      ),
    )
  program
    .command('verify')
    .description('rebuild assets from what they were made from, aside, and compare row for row')
    .argument('[selection...]', SELECTION)
    .option('--limit <n>', 'show so many wrong rows of each kind', positiveInteger, 5)
    .action((selection, flags) =>
      run(
        () => import('./commands/tables/verify.ts'),
        ({ verifyCommand }, context) => verifyCommand(context, selection, flags),
      ),
    )
  program
    .command('diff')
    .description('compare two versions of a table: rows added, removed and changed')
    .argument('<asset>')
    .argument('<from>', 'a version, as `lake history` prints it', wholeNumber)
    .argument('<to>', 'another version', wholeNumber)
    .option('--limit <n>', 'show so many rows of each kind', positiveInteger, 10)
    .action((key, from, to, flags) =>
      run(
        () => import('./commands/tables/diff.ts'),
        ({ diffCommand }, context) => diffCommand(context, key, { from, to, ...flags }),
      ),
    )
  program
    .command('rollback')
    .description('commit a version that holds what an earlier one holds')
    .argument('<asset>')
    .requiredOption('--to <version>', 'the earlier version, as `lake history` prints it', wholeNumber)
    .action((key, flags) =>
      run(
        () => import('./commands/tables/rollback.ts'),
        ({ rollbackCommand }, context) => rollbackCommand(context, key, flags),
      ),
    )
  program
    .command('drop')
    .description('remove a table that no asset declares, with all of its versions')
    .argument('<key>', 'as `lake status` lists it')
    .option('--yes', 'do not ask')
    .action((key, flags) =>
      run(
        () => import('./commands/tables/drop.ts'),
        ({ dropCommand }, context) => dropCommand(context, key, flags),
      ),
    )
  program
    .command('vacuum')
    .description('delete files that no version needs any more')
    .addOption(
      new Option('--older-than <age>', 'keep what was the newest version within this time: 7d, 12h, 0d')
        .argParser(age)
        .default(age('7d'), '7d'),
    )
    .option('--dry-run', 'list what would be deleted, and delete nothing')
    .action((flags) =>
      run(
        () => import('./commands/tables/vacuum.ts'),
        ({ vacuumCommand }, context) => vacuumCommand(context, flags),
      ),
    )
}

function addScheduleCommands(program: Command, run: Run): void {
  const schedule = program.command('schedule').description('scheduled refreshes')
  schedule
    .command('list')
    .description('list the schedules of the config')
    .action(() =>
      run(
        () => import('./commands/runs/schedule.ts'),
        ({ listCommand }, context) => listCommand(context),
      ),
    )
  schedule
    .command('next')
    .description('print the next times of each schedule')
    .option('--count <n>', 'how many of each', positiveInteger, 3)
    .action((flags) =>
      run(
        () => import('./commands/runs/schedule.ts'),
        ({ nextCommand }, context) => nextCommand(context, flags),
      ),
    )
  schedule
    .command('run')
    .description('stay in the foreground and run what is due, never two at once')
    .action(() =>
      run(
        () => import('./commands/runs/schedule.ts'),
        ({ scheduleRunCommand }, context) => scheduleRunCommand(context),
      ),
    )
  schedule
    .command('export')
    .description('print the schedules for another scheduler')
    .addOption(new Option('--format <format>', 'for which').choices(['crontab', 'systemd']).default('crontab'))
    .action((flags) =>
      run(
        () => import('./commands/runs/schedule.ts'),
        ({ exportCommand }, context) => exportCommand(context, flags),
      ),
    )
}

function addSetupCommands(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('check all that a run with the profile depends on, and say what to do')
    .action(() =>
      run(
        () => import('./commands/project/doctor.ts'),
        ({ doctorCommand }, context) => doctorCommand(context),
      ),
    )
  const emr = program.command('emr').description('Spark on Amazon EMR')
  emr
    .command('plan')
    .description('print the requests that materialize would send to EMR, and send none')
    .argument('[selection...]', SELECTION)
    .option('--full', 'as if what is selected were to be rebuilt, whatever its state')
    .option('--only', 'leave upstreams as they are')
    .action((selection, flags) =>
      run(
        () => import('./commands/project/emr.ts'),
        ({ emrPlanCommand }, context) => emrPlanCommand(context, selection, flags),
      ),
    )
}

const ALLOW_EMPTY = 'take a source that has no files (any more) for one that is meant to have none'
const SELECTION = 'assets: songs, +songs (and upstream), songs+ (and downstream), tag:NAME, source:*; all if left out'

const RUN_ID = 'as `lake runs` prints it, the beginning of one, or last'

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

function positiveInteger(value: string): number {
  const number = wholeNumber(value)
  if (number < 1) throw new InvalidArgumentError('It has to be 1 or more.')
  return number
}

function wholeNumber(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It has to be a whole number.')
  return Number(value)
}

const AGE_UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/** Milliseconds. */
function age(value: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([dhm])$/.exec(value) ?? []
  const milliseconds = AGE_UNITS[unit]
  if (amount === undefined || milliseconds === undefined) {
    throw new InvalidArgumentError('It has to be a time as 7d, 12h or 30m.')
  }
  return Number(amount) * milliseconds
}
