"""The world of runbook A: a Django shop on a Heroku of our own, and a pipeline that releases it."""
import urllib.error
import urllib.parse
import urllib.request

from chain import ChainTest, wait_until
from heroku_server import HEROKU, HerokuServer
from shop_site import PYTHON, write_procfile, write_release

CHECKS = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }",
          'http: { url: "${APP_URL}/health", expect_status: 200, within: 30s }']


class HerokuWorld(ChainTest):
    release_phase = None   # what the Procfile's release: runs

    def setUp(self):
        super().setUp()
        self.server = HerokuServer(self.cluster, self.root)
        self.addCleanup(self.server.close)
        self.cluster.sql("create database scratch")
        self.environment.pop("DATABASE_URL")
        self.environment.update(self.server.environment, APP_URL=self.server.app_url, PROVE_URL=self.cluster.url("scratch"),
                                HOME=str(self.root))
        self.heroku_pipeline()

    def heroku_pipeline(self, checks=None, top="", migrate="run: one_off", rollback="max_lost: 0", capture="", writes="closed",
                        heroku="", on_failure="rollback"):
        lines = ["format: 1", "name: shop", "environment: production", f"store: file:{self.store}", "git: { branch: main, on_rollback: revert }",
                 f"writes: {writes}", "platform: heroku",
                 f"heroku: {{ app: shop, program: ['{HEROKU}'], git: '{self.server.git_url}', poll: 200ms{', ' + heroku if heroku else ''} }}",
                 *([top] if top else []), "steps:",
                 "  - backup-capture: { engine: heroku, prove: { url: \"${PROVE_URL}\" }" + (", " + capture if capture else "") + " }",
                 f"  - migrate: {{ framework: django, program: [{PYTHON}, manage.py], on_failure: {on_failure}, {migrate} }}",
                 "  - verify:", "      checks:", *[f"        - {check}" for check in checks or CHECKS], f"      on_failure: {on_failure}",
                 f"  - rollback: {{ {rollback} }}", ""]
        self.app.write("lastgood.yaml", "\n".join(lines))

    def written(self, number):
        """The code of a release, committed and pushed; its commit."""
        write_release(self.app, number)
        write_procfile(self.app, release=self.release_phase)
        return self.app.commit(f"release {number}")

    def released(self, number, status=0):
        commit = self.written(number)
        return commit, self.assert_exit(status, self.run_lastgood("run"))

    def get(self, path):
        try:
            with urllib.request.urlopen(self.server.app_url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def assert_open(self):
        """Nothing of ours holds the application any more."""
        self.assertFalse(self.server.maintenance)
        self.assertGreater(self.server.formation["web"]["quantity"], 0)
        wait_until(lambda: self.backends_of_ours() == "", 20, "every backend of ours is gone")
