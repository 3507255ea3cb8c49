"""Somebody at a terminal: one screen of status, a question before data is thrown away, what a second Ctrl-C would do, how much time is left."""
import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ChainTest, wait_until  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
QUESTION = "The environment's name, to go on: "


class Terminal:
    """A program on a terminal of 80 columns and 24 rows that it owns; some of its streams may be something else."""

    def __init__(self, case, *arguments, **streams):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        own = {"stdin": slave, "stdout": slave, "stderr": slave, **streams}
        self.process = subprocess.Popen([BIN / "lastgood", *arguments], cwd=case.app.tree, env={**case.environment, "TERM": "xterm", "NO_COLOR": "1"},
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0), **own)
        os.close(slave)
        self.shown = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        case.addCleanup(self.close)

    def read(self):
        while True:
            try:
                some = os.read(self.master, 4096)
            except OSError:  # its other end is closed
                return
            if not some:
                return
            self.shown += some.decode(errors="replace").replace("\r\n", "\n")

    def wait_for(self, words):
        wait_until(lambda: words in self.shown or self.process.poll() is not None, 120, words)
        assert words in self.shown, self.shown

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        status = self.process.wait(timeout=120)
        self.reader.join(10)
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join(10)
        os.close(self.master)


class Status(ChainTest):
    def test_it_fits_one_screen_and_ends_with_what_is_next(self):
        self.release("0001_orders", ORDERS)
        self.release("0002_bad", "drop table no_such_table; -- " + "of a reason that goes on and on " * 20, status=4)
        terminal = Terminal(self, "status")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        rows = terminal.shown.rstrip("\n").split("\n")
        self.assertLess(len(rows), 24, terminal.shown)
        # A path is one word, which is typed as it stands.
        self.assertEqual([row for row in rows[:-1] if len(row) > 80 and " " in row.strip()], [])
        self.assertRegex(rows[-1], r"^  next: \S")
        self.assertIn("last good: release 1", terminal.shown)
        self.assertIn("runbook.md", rows[-2])
        # Who is no terminal gets every line as it is.
        piped = self.assert_exit(0, self.run_lastgood("status")).out
        self.assertEqual(re.sub(r"\s+", " ", piped), re.sub(r"\s+", " ", terminal.shown))


class Confirmation(ChainTest):
    def setUp(self):
        super().setUp()
        self.release("0001_orders", ORDERS)

    def test_the_name_is_asked_for_and_taken(self):
        terminal = Terminal(self, "backups", "prune")
        terminal.wait_for(QUESTION)
        self.assertIn("prune throws data away in shop/production", terminal.shown)
        terminal.type("production\n")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        self.assertIn("pruned", terminal.shown)

    def test_another_name_or_none_is_refused(self):
        for typed in ("staging\n", "\n", "\x04"):
            with self.subTest(typed):
                terminal = Terminal(self, "backups", "prune")
                terminal.wait_for(QUESTION)
                terminal.type(typed)
                self.assertEqual(terminal.end(), 2, terminal.shown)
                self.assertIn("lastgood backups prune --confirm production", terminal.shown)

    def test_ctrl_c_at_the_question_ends_it(self):
        terminal = Terminal(self, "backups", "prune")
        terminal.wait_for(QUESTION)
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130, terminal.shown)

    def test_nobody_is_asked_where_one_of_the_two_streams_is_no_terminal(self):
        for streams in ({"stdin": subprocess.DEVNULL}, {"stderr": subprocess.DEVNULL}):
            with self.subTest(streams):
                terminal = Terminal(self, "backups", "prune", **streams)
                self.assertEqual(terminal.end(), 2, terminal.shown)
                self.assertNotIn(QUESTION, terminal.shown)

    def test_who_is_named_on_the_command_line_is_not_asked_again(self):
        for name, status in (("production", 0), ("staging", 2)):
            terminal = Terminal(self, "backups", "prune", "--confirm", name)
            self.assertEqual(terminal.end(), status, terminal.shown)
            self.assertNotIn(QUESTION, terminal.shown)


class LongWork(ChainTest):
    def test_the_first_ctrl_c_says_what_a_second_one_would_do(self):
        self.release("0001_orders", ORDERS)
        self.app.migration("0002_slow", "select pg_sleep(300)")
        self.app.commit()
        terminal = Terminal(self, "run")
        wait_until(lambda: self.cluster.sql("select count(*) from pg_stat_activity where query ~ '^select pg_sleep' and state = 'active'") == "1", 120)
        terminal.type("\x03")
        terminal.wait_for("Once more: ends at once")
        self.assertEqual(terminal.end(), 130, terminal.shown)
        self.assert_nothing_left()

    def test_a_migration_that_was_rehearsed_says_how_much_time_is_left(self):
        self.pipeline(migrate="rehearse: true")
        self.app.migration("0001_slow", "select pg_sleep(8)")
        self.app.commit()
        terminal = Terminal(self, "run")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        self.assertRegex(terminal.shown, r"migrating for 5(\.\d)? s, about \d(\.\d)? s left, as in the rehearsal")


del ChainTest

if __name__ == "__main__":
    unittest.main()
