"""The schema of pipelines: a strict validator and the program accept the same files, and refuse the same ones, but for what is listed."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ROOT  # noqa: E402
from pipelines_test import READY, SCHEMA, keys_with, variables_of  # noqa: E402

TOOLS = ROOT / "tests/support/tools"

GOOD = """format: 1
name: shop
environment: production
store: file:/var/lib/lastgood
git: { branch: main, on_rollback: revert }
database: { url: "${DATABASE_URL}" }
writes: open
expires: 24h
steps:
  - backup-capture: { engine: snapshot, jobs: 2, prove: restore, disk_limit: 10GB, keep: { last: 7 } }
  - migrate: { framework: sql, directory: migrations, lock_timeout: 2s, rehearse: true }
  - verify: { checks: [ no_pending_migrations: {}, sql: { query: select 1, expect: 1 }, http: { url: "https://shop.example" } ], jobs: 8 }
  - rollback: { max_lost: 0, before_open: [./flush.sh] }
"""

CHECKS = GOOD.partition("checks: ")[2].partition(", jobs: 8")[0]

# What is written in the place of what, and both refuse it.
BAD = [("name: shop", "nmae: shop"), ("name: shop\n", ""), ("format: 1", "format: 2"), ("format: 1", "format: one"), ("name: shop", "name: -shop"),
       ("name: shop", "name: [shop]"), ("environment: production", "environment: ../production"), ("store: file:/var", "store: ftp:/var"),
       ("store: file:/var", "store: file:var"), ("branch: main", "branch: main, frobnicate: yes"), ("on_rollback: revert", "on_rollback: undo"),
       ("git: { branch: main, on_rollback: revert }", "git: main"), ("git: { branch: main, on_rollback: revert }", "git: { token: abc }"),
       ('database: { url: "${DATABASE_URL}" }', 'database: { url: "mysql://db/shop" }'), ("writes: open", "writes: shut"), ("writes: open", "writes: [open]"),
       ("expires: 24h", "expires: soon"), ("expires: 24h", "expires: 24"), ("expires: 24h", "expires: -24h"), ("engine: snapshot", "engine: tar"),
       ("jobs: 2", "jobs: 0"), ("jobs: 2", "jobs: 65"), ("jobs: 2", "jobs: two"), ("jobs: 2", "jobs: 2.5"), ("prove: restore", "prove: perhaps"),
       ("prove: restore", "prove: { who: me }"), ("disk_limit: 10GB", "disk_limit: plenty"), ("disk_limit: 10GB", "disk_limit: 10"),
       ("keep: { last: 7 }", "keep: { first: 7 }"), ("keep: { last: 7 }", "keep: 7"), ("framework: sql, ", ""), ("framework: sql", "framework: flyway"),
       ("directory: migrations", "directory: /srv/migrations"), ("directory: migrations", "directory: ../migrations"), ("directory: migrations", "directory: a/../../b"),
       ("lock_timeout: 2s", "lock_timeout: 2 s"), ("rehearse: true", "rehearse: always"), ("rehearse: true", "rehearse: { max_lock: { everything: 1s } }"),
       ("rehearse: true", 'program: "./migrate"'), ("rehearse: true", "carry: []"), ("rehearse: true", "hotfix: { script: a.sql }"),
       ("no_pending_migrations: {}", "no_pending_migration: {}"), ("no_pending_migrations: {}", "no_pending_migrations: { all: true }"),
       ("no_pending_migrations: {}", "rows_not_lost: { tolerance: -1 }"), ("no_pending_migrations: {}", "unchanged: {}"),
       ("no_pending_migrations: {}", "unchanged"), ("no_pending_migrations: {}", "no_long_locks: { max: never }"),
       ("https://shop.example", "ftp://shop.example"), ("expect: 1", "expect: [1]"), ("expect: 1", "expect_rows: 1"),
       (CHECKS, "[]"), ("max_lost: 0", "max_lost: -1"), ("max_lost: 0", "max_lost: [0]"), ("max_lost: 0", "max_lost: 99999999999999999999"),
       ("before_open: [./flush.sh]", "before_open: ./flush.sh"), ("  - rollback:", "  - return:"), ("  - rollback:", "    rollback:"),
       ("  - rollback: { max_lost: 0, before_open: [./flush.sh] }\n", "  - {}\n"), ("writes: open", "platform: heroku\nheroku: {}"),
       ("writes: open", "platform: cloud"), ("writes: open", "encrypt: { recipients: [age1abc] }"), ("writes: open", "window: { days: [sat] }"),
       ("writes: open", "deploy: { run: [./deploy.sh], when: sometimes }")]

# What a schema of draft 7 does not express, or not so that an editor's message would help: the program alone refuses it.
ONLY_THE_PROGRAM = [
    ("writes: open", "writes: closed", "one key wants another"),
    ("writes: open", "platform: heroku", "a platform wants its section"),
    ("writes: open", "heroku: { app: shop }", "a section wants its platform"),
    ("writes: open", "deploy: { when: after_migrate }", "deploy.run is wanted on a plain server only"),
    ('database: { url: "${DATABASE_URL}" }\n', "", "the database is wanted on a plain server only"),
    ("engine: snapshot", "engine: rds", "an engine wants its platform"),
    ("engine: snapshot", "engine: pgbackrest", "an engine wants its section"),
    ("expect: 1", "expect: 1, expect_empty: true", "one of three keys"),
    (", expect: 1", "", "one of three keys"),
    ("framework: sql", "framework: command", "a framework wants its keys"),
    ("rehearse: true", "heads: select 1", "keys that mean nothing to a framework"),
    ("expires: 24h", "expires: 1ms", "how long a duration is at least"),
    ("lock_timeout: 2s", "lock_timeout: 99999d", "how long a duration is at most"),
    ("writes: open", 'window: { hours: "25:00-26:00" }', "the hours of the day"),
    ("writes: open", "window: { hours: 22:00-05:00, days: [sunday] }", "the days of the week"),
    ("branch: main", 'branch: "a..b c"', "what git takes as a name"),
    ("branch: main", 'branch: "${NOT_SET}"', "what the environment holds"),
    ("${DATABASE_URL}", "${file:/no/such/file}", "what a file holds"),
    ("${DATABASE_URL}", "postgres://shop:swordfish@db/shop", "a password that is written out"),
    ("  - rollback: { max_lost: 0, before_open: [./flush.sh] }\n", "  - backup-capture\n", "the order of the steps")]


def in_place_of(old, new):
    assert old in GOOD, old
    return GOOD.replace(old, new, 1)


def schema_says(cases, schemas=(SCHEMA,)):
    """What the validator finds wrong with each: YAML, or (value, number of its schema)."""
    asked = [{"schema": 0, "yaml": case} if isinstance(case, str) else {"schema": case[1], "value": case[0]} for case in cases]
    done = subprocess.run(["node", TOOLS / "validate.js"], input=json.dumps({"schemas": schemas, "cases": asked}), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def with_examples(schema):
    """Every part that shows examples."""
    if isinstance(schema, list):
        return [part for each in schema for part in with_examples(each)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if isinstance(schema.get("examples"), list) else []
    return own + [part for each in schema.values() for part in with_examples(each)]


class Alike(unittest.TestCase):
    def program_says(self, text, variables=None):
        with tempfile.TemporaryDirectory(prefix="lg-test-") as directory:
            file = pathlib.Path(directory) / "lastgood.yaml"
            # The reader is asked, not a store.
            file.write_text(text.replace("file:/var/lib/lastgood", f"file:{directory}"))
            environment = {"DATABASE_URL": "postgres://owner@127.0.0.1/shop", "LASTGOOD_STORE": directory, **(variables or {})}
            return subprocess.run([BIN / "lastgood", "history", "--pipeline", file], text=True, capture_output=True, cwd=directory,
                                  env={**self.bare, **environment}, stdin=subprocess.DEVNULL)

    def setUp(self):
        self.bare = {name: os.environ[name] for name in ("PATH", "LSAN_OPTIONS", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}

    def test_the_program_prints_it(self):
        done = subprocess.run([BIN / "lastgood", "schema"], text=True, capture_output=True, cwd="/", check=True)
        self.assertEqual(done.stdout, (ROOT / "pipelines/schema/pipeline.schema.json").read_text())

    def test_every_key_has_a_description_and_examples_that_it_accepts_itself(self):
        keys = keys_with(SCHEMA)
        self.assertGreater(len(keys), 150)
        steps = SCHEMA["properties"]["steps"]["items"]["anyOf"][1]["properties"]
        entries = set(steps) | set(steps["verify"]["properties"]["checks"]["items"]["anyOf"][1]["properties"])
        for key, schema in keys:
            self.assertTrue(schema.get("description"), key)
            if key not in entries:
                self.assertTrue(schema.get("examples"), key)
        parts = with_examples(SCHEMA)
        schemas = [{"definitions": SCHEMA["definitions"], **part} for part in parts]
        cases = [(example, number) for number, part in enumerate(parts) for example in part["examples"]]
        for (example, number), wrong in zip(cases, schema_says(cases, schemas)):
            self.assertEqual(wrong, [], f"{example} of {parts[number]['description']}")

    def test_every_ready_pipeline_names_it_and_is_accepted_by_both(self):
        texts = [pipeline.read_text() for pipeline in READY]
        for pipeline, text, wrong in zip(READY, texts, schema_says(texts)):
            with self.subTest(pipeline.name):
                first = text.splitlines()[0]
                self.assertTrue(first.startswith("# yaml-language-server: $schema="), first)
                self.assertEqual((pipeline.parent / first.split("=", 1)[1]).resolve(), ROOT / "pipelines/schema/pipeline.schema.json")
                self.assertEqual(wrong, [])
                self.assertEqual(self.program_says(text, variables_of(pipeline)).returncode, 0)

    def test_it_names_the_frameworks_that_there_are(self):
        # The table is held against the program by contract_framework.
        table = (ROOT / "common/framework/README.md").read_text().partition("## What each can tell")[2].partition("* **SQL**")[0]
        named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
        migrate = SCHEMA["properties"]["steps"]["items"]["anyOf"][1]["properties"]["migrate"]
        self.assertEqual(sorted(migrate["properties"]["framework"]["anyOf"][0]["enum"]), sorted(named))

    def test_what_is_good_is_good_to_both(self):
        self.assertEqual(schema_says([GOOD]), [[]])
        self.assertEqual(self.program_says(GOOD).returncode, 0, self.program_says(GOOD).stderr)

    def test_what_is_bad_is_refused_by_both_alike(self):
        texts = [in_place_of(*each) for each in BAD]
        for (old, new), text, wrong in zip(BAD, texts, schema_says(texts)):
            with self.subTest(new=new):
                self.assertTrue(wrong, f"the schema accepts {new}")
                self.assertNotIn("no YAML", wrong[0])
                said = self.program_says(text)
                self.assertEqual(said.returncode, 2, said.stderr)
                self.assertRegex(said.stderr, r"lastgood\.yaml:\d+:\d+: ")

    def test_a_key_that_is_given_twice_is_no_yaml_to_one_and_refused_by_the_other(self):
        text = in_place_of("writes: open", "writes: open\nwrites: open")
        self.assertIn("no YAML", schema_says([text])[0][0])
        self.assertIn('key "writes" is given twice', self.program_says(text).stderr)

    def test_what_only_the_program_can_know_is_refused_by_it_with_a_place(self):
        texts = [in_place_of(old, new) for old, new, _ in ONLY_THE_PROGRAM]
        for (_, new, why), text, wrong in zip(ONLY_THE_PROGRAM, texts, schema_says(texts)):
            with self.subTest(why, new=new):
                self.assertEqual(wrong, [], "the schema knows it too: it belongs into the other table")
                said = self.program_says(text)
                self.assertEqual(said.returncode, 2, said.stderr)
                self.assertRegex(said.stderr, r"lastgood\.yaml:\d+:\d+: ")


if __name__ == "__main__":
    unittest.main()
