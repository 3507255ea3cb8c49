"""What a rehearsal predicts of ten migrations of different kinds, and what then happened in production.

    tests/bench/predictions.py [MEGABYTES]
"""
import json
import signal
import sys

from world import Bench, print_table

MIGRATIONS = {
    "add_column": "alter table events add column note text;",
    "column_with_default": "alter table events add column kind int not null default 7;",
    "volatile_default": "alter table events add column born timestamptz not null default clock_timestamp();",
    "change_type": "alter table events alter column customer type bigint;",
    "backfill": "update events set note = 'old' where id % 10 = 0;",
    "delete_rows": "delete from events where id % 50 = 0;",
    "index": "create index events_note on events (note);",
    "index_concurrently": "-- lastgood: no-transaction\ncreate index concurrently events_kind on events (kind, at);",
    "not_null_check": "alter table events add constraint has_payload check (payload <> '') not valid;\nalter table events validate constraint has_payload;",
    "new_table": "create table customers as select distinct customer as id from events;\nalter table customers add primary key (id);",
}


def record_of(bench, action):
    run = bench.run_lastgood("history", "--json").records[-1]["run"]
    events = [json.loads(path.read_text()) for path in sorted((bench.store / "shop/production/runs" / run).glob("*.json"))]
    return [event["data"] for event in events if event["type"] == "action-ended" and event["data"]["id"] == action][-1]


def longest(locks, mode):
    """Of the locks of that mode: (table, ms) of the one held longest."""
    held = [(lock["held_ms"], lock["table"]) for lock in locks if lock["mode"] == mode]
    return f"{max(held)[1].removeprefix('public.')} {max(held)[0]}" if held else ""


def main(megabytes=200):
    with Bench(megabytes) as bench:
        bench.pipeline(git="branch: main, on_rollback: none", migrate="rehearse: true", checks=["no_pending_migrations: {}"])
        bench.release("0000_good", "select 1")
        for number, (name, sql) in enumerate(MIGRATIONS.items(), 1):
            bench.app.migration(f"{number:04}_{name}", sql)
        bench.app.commit("Ten kinds")
        print(f"database {bench.size()}", flush=True)
        bench.assert_exit(0, bench.run_lastgood("run"))
        predicted, happened = record_of(bench, "rehearse")["predicted"], record_of(bench, "migrate")["happened"]
        rows = []
        for migration in predicted["migrations"]:
            change = migration["change"]
            changed = sum(row["inserted"] + row["updated"] + row["deleted"] for row in change["rows"])
            then = happened["took_ms"].get(migration["name"])
            rows.append([migration["name"], migration["took_ms"], then, (then or 0) / max(1, migration["took_ms"]),
                         longest(migration["locks"], "AccessExclusiveLock"), " ".join(change["rewritten"]).replace("public.", ""), changed,
                         round(change["wal"] / 1e6, 1)])
        print_table(["migration", "predicted ms", "happened ms", "ratio", "AccessExclusiveLock ms", "rewrites", "rows", "WAL MB"], rows)
        print("locks that the watch saw in production: " + "; ".join(
            f"{lock['mode']} on {lock['table']} {lock['held_ms']} ms" for lock in happened["locks"] if "Exclusive" in lock["mode"]))
        total = [sum(row[1] for row in rows), sum(row[2] or 0 for row in rows)]
        print(f"all of them: predicted {total[0] / 1000:.2f} s, happened {total[1] / 1000:.2f} s, ratio {total[1] / max(1, total[0]):.2f}")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main(*map(int, sys.argv[1:])))
