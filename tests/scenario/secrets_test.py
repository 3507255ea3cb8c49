"""Secrets: a password from the environment is in no output, no record and no relayed line of a child."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ChainTest  # noqa: E402

PASSWORD = "gr33n/Eggs&ham%"
ENCODED = "gr33n%2FEggs%26ham%25"


class Secrets(ChainTest):
    def test_a_password_is_printed_and_kept_nowhere(self):
        url = f"postgres://{self.owner}:{ENCODED}@127.0.0.1:{self.cluster.port}/{self.database}"
        self.environment["DATABASE_URL"] = url
        self.app.write("deploy.sh", '#!/bin/sh\necho "deploying with $DATABASE_URL"\necho "password: $PLAIN" >&2\n', 0o755)
        self.pipeline(top='deploy: { run: [./deploy.sh] }', checks=["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }",
                                                                   '{ command: { run: [sh, -c, "echo $PLAIN; echo $DATABASE_URL; exit 1"] } }'])
        self.app.migration("0001_orders", "create table orders (id int)")
        self.app.commit()
        said = ""
        plain = {"PLAIN": PASSWORD}
        for arguments in (["check"], ["run", "--json", "--log-level", "trace"], ["status", "--json"], ["history", "--json"],
                          ["backups", "list", "--json"], ["rollback", "--log-level", "trace"], ["rollback", "--undo", "--json"]):
            finished = self.run_lastgood(*arguments, environment=plain)
            said += finished.out + finished.err
        broken = {**plain, "DATABASE_URL": url.replace("/shop", "/nosuch")}
        for arguments in (["check"], ["run"]):
            finished = self.run_lastgood(*arguments, environment=broken)
            self.assertNotEqual(finished.status, 0)
            said += finished.out + finished.err
        self.assertIn("deploying with", said)
        kept = b"".join(path.read_bytes() for path in self.store.rglob("*") if path.is_file())
        for secret in (PASSWORD, ENCODED):
            self.assertNotIn(secret, said)
            self.assertNotIn(secret.encode(), kept)


if __name__ == "__main__":
    unittest.main()
