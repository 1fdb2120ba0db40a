"""The five tables from song and log JSON, from nothing, as one would write it by hand: one PySpark job, Parquet out, all of it overwritten.

usage: spark-submit yardstick.py INPUT OUT    INPUT holds song_data/ and log_data/; OUT gets a directory for each table.
"""

import sys

from pyspark.sql import SparkSession

SONGS = """song_id STRING, title STRING, artist_id STRING, artist_name STRING, artist_location STRING, artist_latitude DOUBLE,
    artist_longitude DOUBLE, year INT, duration DOUBLE"""
PLAYS = """ts BIGINT, page STRING, userId STRING, firstName STRING, lastName STRING, gender STRING, level STRING, sessionId BIGINT,
    itemInSession BIGINT, location STRING, userAgent STRING, song STRING, artist STRING, length DOUBLE"""

TABLES = {
    "songs": (["year"], "SELECT song_id, title, artist_id, year, duration FROM song_data"),
    "artists": (
        [],
        """SELECT artist_id, artist_name AS name, nullif(artist_location, '') AS location, artist_latitude AS latitude,
             artist_longitude AS longitude
           FROM (SELECT *, row_number() OVER (PARTITION BY artist_id ORDER BY
                   (artist_latitude IS NOT NULL AND artist_longitude IS NOT NULL) DESC,
                   (coalesce(artist_location, '') <> '') DESC, year DESC, song_id) AS rank FROM song_data)
           WHERE rank = 1""",
    ),
    "users": (
        [],
        """SELECT userId AS user_id, firstName AS first_name, lastName AS last_name, gender, level
           FROM (SELECT *, row_number() OVER (PARTITION BY userId ORDER BY ts DESC, sessionId DESC, itemInSession DESC) AS rank
                 FROM plays WHERE userId <> '')
           WHERE rank = 1""",
    ),
    "time": (
        ["year", "month"],
        """SELECT start_time, hour(start_time) AS hour, day(start_time) AS day, weekofyear(start_time) AS week,
             month(start_time) AS month, year(start_time) AS year, weekday(start_time) + 1 AS weekday
           FROM (SELECT DISTINCT start_time FROM plays)""",
    ),
    "songplays": (
        ["year", "month"],
        """SELECT md5(concat(sessionId, '-', itemInSession)) AS songplay_id, start_time, userId AS user_id, level,
             recordings.song_id, recordings.artist_id, sessionId AS session_id, location, userAgent AS user_agent,
             year(start_time) AS year, month(start_time) AS month
           FROM plays LEFT JOIN (
             SELECT title, artist_name, duration, min(song_id) AS song_id, min_by(artist_id, song_id) AS artist_id
             FROM song_data GROUP BY title, artist_name, duration) AS recordings
           ON recordings.title = song AND recordings.artist_name = artist AND recordings.duration = length""",
    ),
}


def main(source: str, out: str) -> None:
    spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.read.schema(SONGS).option("recursiveFileLookup", True).json(f"{source}/song_data").selectExpr(
        "*", "row_number() OVER (PARTITION BY song_id ORDER BY input_file_name() DESC) AS path_rank"
    ).where("path_rank = 1").drop("path_rank").cache().createOrReplaceTempView("song_data")
    spark.read.schema(PLAYS).option("recursiveFileLookup", True).json(f"{source}/log_data").where(
        "page = 'NextSong'"
    ).selectExpr("*", "timestamp_millis(ts) AS start_time").cache().createOrReplaceTempView("plays")
    for table, (partitions, query) in TABLES.items():
        spark.sql(query).write.mode("overwrite").partitionBy(*partitions).parquet(f"{out}/{table}")
    spark.stop()


main(*sys.argv[1:])
