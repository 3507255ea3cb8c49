"""What is said to be done next can be typed as it stands: it acts on the pipeline and the run that said it."""
import pathlib
import re
import shlex
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

ORDERS = "create table orders (id int primary key); insert into orders select generate_series(1, 100)"


def commands_in(text):
    """Every command of ours that is said, as arguments of lastgood."""
    return [shlex.split(re.split(r" {2,}|;|, ", said)[0]) for said in re.findall(r"(?:next|go on|mend it and|or|decide): lastgood (.*)", text)]


class TwoPipelines(ChainTest):
    """production in lastgood.yaml with a run that has migrated, staging in staging.yaml with one that verify rejects."""

    def setUp(self):
        super().setUp()
        self.app.migration("0001_orders", ORDERS)
        text = (self.app.tree / "lastgood.yaml").read_text()
        self.cluster.sql(f"create database crm owner {self.owner}")
        self.environment["CRM_URL"] = self.cluster.url("crm", self.owner)
        self.app.write("staging.yaml", text.replace("environment: production", "environment: staging").replace("DATABASE_URL", "CRM_URL")
                       .replace("no_pending_migrations: {}", '{ sql: { query: "select 1", expect: 2 } }').replace("on_failure: rollback", "on_failure: stop"))
        self.app.commit()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.failed = self.assert_exit(7, self.run_lastgood("run", "--pipeline", "staging.yaml", "--json"))
        self.run_id = self.failed.record("run-ended")["run"]

    def test_every_next_names_the_pipeline_that_was_given(self):
        status = self.run_lastgood("status", "--pipeline", "staging.yaml")
        said = commands_in(self.failed.err) + commands_in(status.out)
        self.assertGreaterEqual(len(said), 3, str(self.failed))
        for command in said:
            with self.subTest(command=command):
                self.assertEqual(command[1:3], ["--pipeline", "staging.yaml"])
        self.assertIn(f"next: lastgood rollback --pipeline staging.yaml --run-id {self.run_id}   returns", self.failed.err)
        self.assertIn(f"lastgood rollback --pipeline staging.yaml --run-id {self.run_id}", self.failed.record("failure")["next"])
        as_json = self.run_lastgood("status", "--pipeline", "staging.yaml", "--json").record("run")
        self.assertIn("lastgood verify --pipeline staging.yaml", as_json["next"])

    def test_the_next_of_one_environment_leaves_the_other_alone(self):
        self.run_lastgood(*commands_in(self.failed.err)[0])
        self.assertEqual(self.sql("select to_regclass('orders')"), "orders")
        self.assertEqual(self.sql("select to_regclass('orders')", "crm"), "")

    def test_the_pipeline_that_is_found_unnamed_is_not_named(self):
        self.assertNotIn("--pipeline", self.run_lastgood("status").out)


if __name__ == "__main__":
    unittest.main()
