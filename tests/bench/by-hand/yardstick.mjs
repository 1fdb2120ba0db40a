// The five tables from song and log JSON, from nothing, as a person would write it by hand: DuckDB
// SQL over the files, Parquet out, all of it overwritten. No checks, no rejects, no provenance: a
// line that does not fit ends the script.
//
// usage: node yardstick.mjs INPUT OUT [TABLE]...
// Makes only these tables, if any are named. INPUT holds song_data/ and log_data/; OUT gets a
// directory for each table.
import { mkdirSync, rmSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const songData = (input) => `
  CREATE TEMP TABLE song_data AS
  SELECT * FROM read_json('${input}/song_data/**/*.json', format = 'newline_delimited', filename = 'file', columns = {
    song_id: 'VARCHAR', title: 'VARCHAR', artist_id: 'VARCHAR', artist_name: 'VARCHAR', artist_location: 'VARCHAR',
    artist_latitude: 'DOUBLE', artist_longitude: 'DOUBLE', year: 'INTEGER', duration: 'DOUBLE'
  })
  QUALIFY row_number() OVER (PARTITION BY song_id ORDER BY file DESC) = 1`

const plays = (input) => `
  CREATE TEMP TABLE plays AS
  SELECT *, epoch_ms(ts) AS start_time
  FROM read_json('${input}/log_data/**/*.json', format = 'newline_delimited', columns = {
    ts: 'BIGINT', page: 'VARCHAR', "userId": 'VARCHAR', "firstName": 'VARCHAR', "lastName": 'VARCHAR', gender: 'VARCHAR',
    level: 'VARCHAR', "sessionId": 'BIGINT', "itemInSession": 'BIGINT', location: 'VARCHAR', "userAgent": 'VARCHAR',
    song: 'VARCHAR', artist: 'VARCHAR', length: 'DOUBLE'
  })
  WHERE page = 'NextSong'`

const TABLES = {
  songs: { query: 'SELECT song_id, title, artist_id, year, duration FROM song_data', partitionBy: ['year'] },
  artists: {
    query: `
      SELECT artist_id, artist_name AS name, nullif(artist_location, '') AS location,
             artist_latitude AS latitude, artist_longitude AS longitude
      FROM song_data
      QUALIFY row_number() OVER (
        PARTITION BY artist_id
        ORDER BY (artist_latitude IS NOT NULL AND artist_longitude IS NOT NULL) DESC,
                 (coalesce(artist_location, '') <> '') DESC, year DESC, song_id
      ) = 1`,
    partitionBy: [],
  },
  users: {
    query: `
      SELECT "userId" AS user_id, "firstName" AS first_name, "lastName" AS last_name, gender, level
      FROM plays
      WHERE "userId" <> ''
      QUALIFY row_number() OVER (PARTITION BY "userId" ORDER BY ts DESC, "sessionId" DESC, "itemInSession" DESC) = 1`,
    partitionBy: [],
  },
  time: {
    query: `
      SELECT start_time, hour(start_time)::INT AS hour, day(start_time)::INT AS day, week(start_time)::INT AS week,
             month(start_time)::INT AS month, year(start_time)::INT AS year, isodow(start_time)::INT AS weekday
      FROM (SELECT DISTINCT start_time FROM plays)`,
    partitionBy: ['year', 'month'],
  },
  songplays: {
    query: `
      WITH recordings AS (
        SELECT title, artist_name, duration, min(song_id) AS song_id, arg_min(artist_id, song_id) AS artist_id
        FROM song_data
        GROUP BY ALL
      )
      SELECT md5("sessionId" || '-' || "itemInSession") AS songplay_id, start_time, "userId" AS user_id, level,
             recordings.song_id, recordings.artist_id, "sessionId" AS session_id, location, "userAgent" AS user_agent,
             year(start_time)::INT AS year, month(start_time)::INT AS month
      FROM plays
      LEFT JOIN recordings ON recordings.title = song AND recordings.artist_name = artist AND recordings.duration = length`,
    partitionBy: ['year', 'month'],
  },
}

async function write(connection, out, [name, { query, partitionBy }]) {
  const directory = `${out}/${name}`
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const partitioned = partitionBy.length > 0
  const target = partitioned ? directory : `${directory}/data.parquet`
  const options = partitioned ? `FORMAT parquet, PARTITION_BY (${partitionBy.join(', ')})` : 'FORMAT parquet'
  await connection.run(`COPY (${query}) TO '${target}' (${options})`)
}

const [input, out, ...only] = process.argv.slice(2)
const tables = Object.entries(TABLES).filter(([name]) => only.length === 0 || only.includes(name))
const ofSongs = tables.every(([name]) => name === 'songs' || name === 'artists')
const connection = await (await DuckDBInstance.create()).connect()
await connection.run(songData(input))
if (!ofSongs) await connection.run(plays(input))
for (const table of tables) await write(connection, out, table)
