"""Git on bad days: what cannot be pinned is refused; a branch that cannot be returned is left to the person, and holds nothing up."""
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import GIT_ENVIRONMENT, ChainTest  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"
LOSES_ROWS = "delete from orders where id % 10 = 0"
COUNTS = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }"]


class Pinning(ChainTest):
    """Before anything is changed."""

    def setUp(self):
        super().setUp()
        self.app.migration("0001_orders", ORDERS)
        self.app.commit()

    def assert_refused(self, fragment):
        before = self.world()
        for step in ("run", "backup-capture"):
            self.assert_failure(3, fragment, self.run_lastgood(step))
        checked = self.run_lastgood("check")
        self.assertEqual(checked.status, 3, str(checked))
        self.assertIn(fragment, checked.out + checked.err)
        self.assertEqual(self.world(), before)
        self.assertIn("no run", self.run_lastgood("status").out)

    def test_a_dirty_work_tree_is_refused_but_untracked_files_are_not(self):
        self.app.write("notes.txt", "untracked")
        self.assertEqual(self.run_lastgood("check").status, 0)
        self.app.write("migrations/0001_orders.sql", ORDERS + "; -- edited\n")
        self.assert_refused("not committed")
        self.app.git("add", "-A")
        self.assert_refused("not committed")

    def test_a_detached_head_needs_git_branch(self):
        self.pipeline(git="on_rollback: revert")
        self.app.commit()
        self.app.git("checkout", "-q", "--detach")
        self.assert_refused("detached")
        self.pipeline()
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("run"))

    def test_a_missing_remote_or_branch_is_refused(self):
        self.pipeline(git="branch: no-such-branch, on_rollback: revert")
        self.app.commit()
        self.assert_refused("no-such-branch")
        self.pipeline()
        self.app.commit()
        self.app.git("remote", "set-url", "origin", str(self.root / "gone.git"))
        self.assert_refused("gone.git")
        self.app.git("remote", "remove", "origin")
        self.assert_refused('no remote "origin"')

    def test_an_unknown_revision_is_refused(self):
        self.pipeline(git="branch: main, revision: no-such-tag")
        self.app.commit()
        self.assert_refused("no-such-tag")

    def test_a_directory_without_a_repository_is_refused(self):
        bare = self.root / "bare"
        bare.mkdir()
        (bare / "lastgood.yaml").write_text((self.app.tree / "lastgood.yaml").read_text())
        self.assert_failure(3, "repository", self.run_lastgood("run", "--pipeline", str(bare / "lastgood.yaml")))


class Returning(ChainTest):
    """After the migration: the database comes back whatever the branch does."""

    def setUp(self):
        super().setUp()
        self.pipeline(checks=COUNTS)
        self.good, _ = self.release("0001_orders", ORDERS)
        self.before = self.digest("orders")
        self.app.migration("0002_tidy", LOSES_ROWS)
        self.bad = self.app.commit()

    def assert_branch_left_to_the_person(self, finished, fragment):
        """Exit 5, the database is back, and the command that next names returns the branch when it is typed."""
        self.assert_failure(5, fragment, finished)
        self.assertIn("left to you", finished.err)
        self.assertEqual(self.digest("orders"), self.before)
        self.assert_nothing_left()
        command = [line for line in finished.err.splitlines() if "next: git" in line][0].split("next: ", 1)[1]
        self.assertIn("outcome", self.run_lastgood("status", "--json").out)
        return command

    def assert_typing_it_returns_the_branch(self, command):
        subprocess.run(command, shell=True, cwd=self.app.tree, check=True, capture_output=True,
                       env={**self.environment, **GIT_ENVIRONMENT})
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))

    def test_a_branch_that_moved_on_is_left_to_the_person(self):
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "r"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.app.write("README", "somebody else's work")
        moved = self.app.commit("somebody else's work")
        self.app.git("checkout", "-q", "--detach", self.bad)
        self.assert_failure(7, "rows_not_lost", self.run_lastgood("verify"))
        command = self.assert_branch_left_to_the_person(self.run_lastgood("rollback"), "has moved on")
        self.assertEqual(self.app.remote_head(), moved)
        self.assert_typing_it_returns_the_branch(command)
        self.assertEqual(self.app.git("merge-base", moved, self.app.remote_head(), cwd=self.app.remote), moved)

    def test_a_hook_that_declines_is_said_and_not_hidden(self):
        self.app.hook("pre-receive", "echo 'main is protected: ask the release team' >&2; exit 1")
        command = self.assert_branch_left_to_the_person(self.run_lastgood("run"), "main is protected")
        self.assertEqual(self.app.remote_head(), self.bad)
        (self.app.remote / "hooks/pre-receive").unlink()
        self.assert_typing_it_returns_the_branch(command)

    def test_an_update_hook_that_declines_is_said_and_not_hidden(self):
        self.app.hook("update", 'case "$1" in refs/heads/main) echo "protected branch" >&2; exit 1;; esac')
        command = self.assert_branch_left_to_the_person(self.run_lastgood("run"), "did not take the push")
        self.assertEqual(self.app.remote_head(), self.bad)
        (self.app.remote / "hooks/update").unlink()
        self.assert_typing_it_returns_the_branch(command)

    def test_reset_is_refused_by_a_remote_that_denies_it_and_said(self):
        self.app.git("config", "receive.denyNonFastForwards", "true", cwd=self.app.remote)
        self.pipeline(checks=COUNTS, git="branch: main, on_rollback: reset")
        self.bad = self.app.commit()
        command = self.assert_branch_left_to_the_person(self.run_lastgood("run"), "did not take the push")
        self.assertEqual(self.app.remote_head(), self.bad)
        self.assert_typing_it_returns_the_branch(command)

    def test_reset_puts_the_branch_back_to_the_good_commit(self):
        self.pipeline(checks=COUNTS, git="branch: main, on_rollback: reset")
        self.app.commit()
        self.assert_failure(7, "rows_not_lost", self.run_lastgood("run"))
        self.assertEqual(self.app.remote_head(), self.good)
        self.assertEqual(self.digest("orders"), self.before)

    def test_none_leaves_the_branch_and_says_the_commit(self):
        self.pipeline(checks=COUNTS, git="branch: main, on_rollback: none")
        bad = self.app.commit()
        finished = self.assert_failure(7, self.good, self.run_lastgood("run"))
        self.assertIn("commit to deploy", finished.err)
        self.assertEqual(self.app.remote_head(), bad)
        self.assertEqual(self.digest("orders"), self.before)

    def test_a_remote_that_is_gone_by_then_holds_nothing_up(self):
        self.assert_exit(0, self.run_lastgood("backup-capture", "--run-id", "r"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assert_failure(7, "rows_not_lost", self.run_lastgood("verify"))
        away = self.app.remote.rename(self.root / "away.git")
        command = self.assert_branch_left_to_the_person(self.run_lastgood("rollback"), "remote.git")
        away.rename(self.app.remote)
        self.assert_typing_it_returns_the_branch(command)

    def test_a_rollback_asked_again_does_not_swap_a_second_time(self):
        self.app.hook("pre-receive", "exit 1")
        self.assert_branch_left_to_the_person(self.run_lastgood("run"), "did not take the push")
        databases = self.cluster.databases()
        run = self.run_lastgood("status", "--json").record("run")["run"]
        again = self.assert_exit(0, self.run_lastgood("rollback", "--run-id", run))
        self.assertIn("rolled back already", again.err)
        self.assertEqual(self.cluster.databases(), databases)
        self.assertEqual(self.digest("orders"), self.before)

    def test_shallow_detached_clones_work(self):
        clone = self.root / "shallow"
        self.app.git("clone", "-q", "--depth", "1", f"file://{self.app.remote}", str(clone), cwd=self.root)
        self.app.tree = clone
        self.app.git("checkout", "-q", "--detach")
        self.assertTrue(re.match("true", self.app.git("rev-parse", "--is-shallow-repository")))
        self.assert_failure(7, "rows_not_lost", self.run_lastgood("run"))
        self.assertEqual(self.digest("orders"), self.before)
        self.assertEqual(self.app.tree_of(self.app.remote_head()), self.app.tree_of(self.good))
        self.assertNotEqual(self.app.remote_head(), self.good)


if __name__ == "__main__":
    unittest.main()
