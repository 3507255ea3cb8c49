"""What a release manager reads at night and an auditor in a year: the report of real runs, opened in a real browser."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ROOT, ChainTest, wait_until  # noqa: E402

ORDERS = "create table orders (id int primary key, total int); insert into orders select g, g from generate_series(1, 1000) g"
COUNT = '{ sql: { query: "select count(*) from orders", expect: 1000 } }'
CANARY = "canary-9f31"


def looked_at(*files):
    """What a browser makes of pages, light and dark, wide and 360 pixels narrow: page_check.cjs, an object per file."""
    done = subprocess.run(["node", ROOT / "tests/scenario/page_check.cjs", *map(str, files)], text=True, capture_output=True, timeout=300,
                          env={**os.environ, "NODE_PATH": str(ROOT / "tests/support/tools/node_modules")})
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


class Pages(ChainTest):
    def setUp(self):
        super().setUp()
        self.pipeline(checks=["no_pending_migrations: {}", COUNT])

    def report(self, *arguments):
        """Writes both; the files of HTML and of Markdown."""
        page, text = self.root / "report.html", self.root / "report.md"
        self.assert_exit(0, self.run_lastgood("report", *arguments, "--html", str(page), "--markdown", str(text)))
        return page, text

    def assert_fine(self, *pages):
        """No message, no request, nothing that axe-core objects to, nothing to scroll sideways. The text of the first."""
        seen = looked_at(*pages)
        for each in seen:
            self.assertEqual({name: each[name] for name in ("console", "requests", "violations", "scroll")},
                             {"console": [], "requests": [], "violations": [], "scroll": []}, each["file"])
        return seen[0]["text"]

    def assert_says(self, text, *fragments):
        for fragment in fragments:
            self.assertIn(fragment, text)

    def drawn(self, text):
        """Of the time line, as Mermaid draws it."""
        seen = looked_at(text)[0]
        self.assertEqual(seen["errors"], [])
        self.assertEqual(len(seen["drawn"]), 1)
        return seen["drawn"][0]

    def test_a_good_release_shows_its_pair_its_rehearsal_and_its_rows(self):
        self.pipeline(checks=["no_pending_migrations: {}", COUNT], migrate="rehearse: true", top="writes: read_only")
        self.release("0001_orders", ORDERS)
        good, _ = self.release("0002_note", "alter table orders add column note text; update orders set note = 'x'")
        page, text = self.report()
        seen = self.assert_fine(page)
        self.assert_says(seen, "Good", "good release 1", "good release 2", good[:12], "read_only fence", "0002_note", "1000 rows updated in public.orders",
                         "AccessExclusiveLock", "public.orders", "nothing to do", "restored and compared", "Writers kept out")
        bars = self.drawn(text)
        self.assertTrue(any("read_only fence" in bar for bar in bars), bars)
        self.assertTrue(any("rehearse" in bar for bar in bars), bars)
        self.assert_says(text.read_text(), "## ✅ Good", "`public.orders`", "| `0002_note` |")

    def test_a_release_that_came_back_shows_both_and_what_was_kept(self):
        self.release("0001_orders", ORDERS)
        bad, _ = self.release("0002_tidy", "delete from orders where id % 10 = 0", status=7)
        page, text = self.report()
        history = self.root / "history.html"
        self.assert_exit(0, self.run_lastgood("history", "--html", str(history)))
        seen = self.assert_fine(page, history)
        self.assert_says(seen, "Rolled back", bad[:12], "✗ failed", "sql", "swap", "Nobody could connect", "the failed database, as shop__lg_failed", "exit 7")
        gap = re.search(r"Nobody could connect\n(\d+ ms|[\d.]+ s)", seen)
        self.assertTrue(gap, seen)
        self.assertIn("## ❌ Rolled back", text.read_text())
        self.assertIn("swap", " ".join(self.drawn(text)))
        lines = history.read_text()
        self.assert_says(lines, "Rolled back", "Good", "Size of the restore point", "<table", "2 runs, 1 of them good")

    def test_a_run_that_waits_shows_its_restore_point_and_changes_nothing(self):
        self.release("0001_orders", ORDERS)
        self.app.migration("0002_note", "alter table orders add column note text")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "github-7"))
        before = self.world()
        printed = self.assert_exit(0, self.run_lastgood("report")).out
        self.assert_says(printed, "## ⏳ Waiting for migrate", "`lastgood migrate --run-id github-7`", "Production is as it was", "- Age: ", "good release 1")
        page, _ = self.report("github-7")
        self.assert_says(self.assert_fine(page), "Waiting for migrate", "lastgood migrate --run-id github-7")
        self.assertEqual(self.world(), before)

    def test_a_run_that_failed_clean_says_why_and_that_nothing_was_changed(self):
        self.pipeline(checks=["no_pending_migrations: {}"], migrate="rehearse: true")
        self.release("0001_bad", "select 1/0", status=4)
        page, text = self.report()
        self.assert_says(self.assert_fine(page), "Failed, nothing was changed", "division by zero", "not begun", "exit 4")
        self.assert_says(text.read_text(), "division by zero", "Production is as it was")

    def test_an_interrupted_run_says_where(self):
        self.app.migration("0001_slow", "create table slow (id int); select pg_sleep(120)")
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "r"))
        process = self.start_lastgood("migrate", "--run-id", "r")
        wait_until(lambda: self.cluster.sql("select 1 from pg_stat_activity where query like '%pg_sleep(120)%' and state = 'active' and "
                                            "pid <> pg_backend_pid()"), 60, "the migration in the server")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        page, text = self.report("r")
        self.assert_says(self.assert_fine(page), "Interrupted in migrate", "interrupted (exit 143)")
        self.assertIn("interrupted", " ".join(self.drawn(text)))

    def test_neither_secrets_nor_markup_reach_a_page(self):
        self.environment["DATABASE_URL"] = self.environment["DATABASE_URL"].replace("@", f":{CANARY}@")
        self.environment["LASTGOOD_RUN_ID"] = "hostile"
        name = "<script>alert(1)</script>|`@octocat`::set-output name=a::b"
        self.pipeline(checks=["no_pending_migrations: {}"], on_failure="stop")
        self.release("0001_named", f'create table "{name}" (id int)')
        self.environment["LASTGOOD_RUN_ID"] = "hostile-2"
        self.app.migration("0002_loud", f"do $$ begin raise exception 'password {CANARY} ##[command]x %', chr(27) || '[31m<img src=x>'; end $$")
        self.app.commit()
        self.run_lastgood("run")
        for run in ("hostile", "hostile-2"):
            page, text = self.report(run)
            seen = self.assert_fine(page)
            for written in (page.read_text(), text.read_text(), seen):
                for forbidden in (CANARY, "\x1b", "##[command]"):
                    self.assertNotIn(forbidden, written)
            self.assertNotIn("<script", page.read_text())
            self.assertEqual([line for line in text.read_text().splitlines() if line.lstrip().startswith("::")], [])
            self.drawn(text)
        self.assertIn("***", seen)

    def test_markdown_is_cut_where_it_is_asked_to_be(self):
        self.release("0001_orders", ORDERS + "".join(f"; create table t{number} (id int)" for number in range(60)))
        self.release("0002_note", "alter table orders add column note text")
        whole = self.assert_exit(0, self.run_lastgood("report", "--limit", "0B")).out
        cut = self.assert_exit(0, self.run_lastgood("report", "--limit", "4kB")).out
        self.assertLessEqual(len(cut.encode()), 4097)
        self.assertGreater(len(whole), len(cut))
        self.assertIn("Cut here", cut)
        self.assertIn("public.t59", whole)

    def test_what_cannot_be_reported_is_refused(self):
        self.assert_failure(3, "there is no run", self.run_lastgood("report"))
        self.release("0001_orders", ORDERS)
        self.assert_failure(3, 'no run "other"', self.run_lastgood("report", "other"))
        self.assert_failure(2, "is no size", self.run_lastgood("report", "--limit", "much"))
        self.assert_failure(2, "could not be written", self.run_lastgood("report", "--html", "/proc/none/report.html"))
        answer = self.assert_exit(0, self.run_lastgood("report", "--json")).record("report")
        self.assertEqual((answer["verdict"], answer["next"]), ("Good", "nothing to do"))
        self.assertIn("## ✅ Good", answer["text"])


class TheCheckOfPages(unittest.TestCase):
    """A check that never says no says nothing."""

    def test_it_finds_what_is_wrong_with_a_page(self):
        with tempfile.TemporaryDirectory() as directory:
            page = pathlib.Path(directory, "bad.html")
            page.write_text('<html><body><img src="http://127.0.0.1:9/x.png"><p style="color:#999;background:#aaa;width:900px">hardly to be read</p>'
                            "<script>console.log('here')</script></body></html>")
            chart = pathlib.Path(directory, "bad.md")
            chart.write_text("```mermaid\ngantt\n  no such : : thing\n section\n```\n")
            seen, drawn = looked_at(page, chart)
        self.assertIn("http://127.0.0.1:9/x.png", seen["requests"])
        self.assertIn("here", seen["console"])
        self.assertTrue(seen["scroll"])
        self.assertTrue(any("color-contrast" in each for each in seen["violations"]), seen["violations"])
        self.assertTrue(drawn["errors"], drawn)


if __name__ == "__main__":
    unittest.main()
