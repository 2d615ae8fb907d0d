"""The questions of benches/analytics.rs asked of DuckDB, on the same Parquet file.

    pip install duckdb
    GUIKOU_ROWS=1000000 cargo bench --bench analytics
    python benches/analytics_duckdb.py target/tmp/cases-1000000.parquet

Cold: a new connection reads the file. Warm: the file was loaded into a table in memory. Times are medians.
"""

import resource
import sys
import time

import duckdb

NOW = 1_793_462_400_000  # 2026-11-01T00:00:00+08:00
DAY = 86_400_000
LAST = '"at" >= {} AND "at" < {}'.format
MONTH, QUARTER = LAST(NOW - 30 * DAY, NOW), LAST(NOW - 90 * DAY, NOW)
PEOPLE = "count(DISTINCT reporter) + count(*) FILTER (WHERE reporter IS NULL)"

QUESTIONS = [
    ("cases a day, 90 days", f"SELECT day, count(*) FROM cases WHERE {QUARTER} GROUP BY day"),
    # With the people of both margins, as the answer gives them.
    (
        "category x district, 30 days",
        f"SELECT category, district, count(*), {PEOPLE} FROM cases WHERE {MONTH} "
        "GROUP BY GROUPING SETS ((category, district), (category), (district))",
    ),
    (
        "month x domain, all",
        f"SELECT month, domain, count(*), {PEOPLE} FROM cases "
        "GROUP BY GROUPING SETS ((month, domain), (month), (domain))",
    ),
    (
        "top 20 communities, all",
        "SELECT community, count(*) AS n FROM cases GROUP BY community ORDER BY n DESC, community LIMIT 20",
    ),
    (
        "department shares with overdue, 30 days",
        "SELECT department, count(*), count(*) FILTER (WHERE closed_at IS NULL AND owed AND due_at < "
        f"{NOW}) FROM cases WHERE {MONTH} GROUP BY department",
    ),
    ("people of each issue, all", f"SELECT issue, count(*), {PEOPLE} FROM cases GROUP BY issue"),
]


def median(times):
    return sorted(times)[len(times) // 2]


def timed(times, work):
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        found = work()
        taken.append(time.perf_counter() - begun)
    return median(taken) * 1e3, found


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def asked_of_file(file, question):
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW cases AS SELECT * FROM read_parquet('{file}')")
    return len(connection.execute(question).fetchall())


def main(file):
    print(f"DuckDB {duckdb.__version__}, {file}")
    print(f"{'':<42}{'cold ms':>12}{'warm ms':>12}{'rows':>10}")
    cold = [timed(5, lambda: asked_of_file(file, question))[0] for _, question in QUESTIONS]
    memory = peak()
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE cases AS SELECT * FROM read_parquet('{file}')")
    for (name, question), first in zip(QUESTIONS, cold):
        warm, found = timed(11, lambda: len(connection.execute(question).fetchall()))
        print(f"{name:<42}{first:>12.2f}{warm:>12.2f}{found:>10}")
    print(f"peak memory: cold {memory} MiB, with the whole table {peak()} MiB")


if __name__ == "__main__":
    main(sys.argv[1])
