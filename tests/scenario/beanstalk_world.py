"""The world of runbook B: a Django shop on an Elastic Beanstalk of our own, its database on an RDS of our own."""
import subprocess
import urllib.error
import urllib.request

from aws_server import AwsServer
from chain import ChainTest, wait_until
from shop_site import PYTHON, write_ebextensions, write_release

CHECKS = ["no_pending_migrations: {}", "rows_not_lost: { tolerance: 0 }",
          'http: { url: "${APP_URL}/health", expect_status: 200, within: 30s }']


class BeanstalkWorld(ChainTest):
    on_deploy = True     # the revision's container_commands migrate
    password = "geheim 1% & ü"
    extra = {}           # files of every release besides

    def setUp(self):
        super().setUp()
        self.aws = AwsServer(self.cluster, self.root, password=self.password, delay=0.1)
        self.addCleanup(self.aws.close)
        self.environment.pop("DATABASE_URL")
        self.environment.update(self.aws.environment, APP_URL=self.aws.app_url, PATH="/usr/bin:" + self.environment["PATH"])
        self.beanstalk_pipeline()

    def beanstalk_pipeline(self, checks=None, top="", run="on_deploy", migrate="", rollback="max_lost: 0", beanstalk="", on_failure="rollback",
                           capture="engine: snapshot, prove: restore, standby: keep, disk_limit: 10GB"):
        lines = ["format: 1", "name: shop", "environment: production", f"store: file:{self.store}", "git: { branch: main, on_rollback: revert }",
                 "platform: elastic_beanstalk",
                 "elastic_beanstalk: { application: shop, environment: shop-prod, "
                 f"endpoint: '{self.aws.endpoint}', poll: 200ms{', ' + beanstalk if beanstalk else ''} }}",
                 *([top] if top else []), "steps:", f"  - backup-capture: {{ {capture} }}",
                 f"  - migrate: {{ framework: django, program: [{PYTHON}, manage.py], run: {run}, on_failure: {on_failure}{', ' + migrate if migrate else ''} }}",
                 "  - verify:", "      checks:", *[f"        - {check}" for check in checks or CHECKS], f"      on_failure: {on_failure}",
                 f"  - rollback: {{ {rollback} }}", ""]
        self.app.write("lastgood.yaml", "\n".join(lines))

    def written(self, number, name=None):
        """The remote's branch, with this release on top."""
        self.app.git("pull", "-q", "--ff-only", "origin", "main", check=False)
        write_release(self.app, number, name, self.extra)
        if self.on_deploy:
            write_ebextensions(self.app)
        self.app.write("Procfile", f"web: {PYTHON} manage.py serve\nworker: {PYTHON} manage.py work\n")
        return self.app.commit(name or f"release {number}")

    def captured(self, number, name=None):
        """Ready to migrate. `number` None: what is there."""
        if number:
            self.written(number, name)
        return self.assert_exit(0, self.run_lastgood("backup-capture"))

    def migrate_by_hand(self):
        """As release 1 wants it."""
        write_release(self.app, 1)
        address = {"DATABASE_USER": self.owner, "DATABASE_PASSWORD": self.password}
        subprocess.run([PYTHON, "manage.py", "migrate", "--noinput"], cwd=self.app.tree, check=True, capture_output=True,
                       env={**self.environment, **self.aws.beanstalk.properties, **address})

    def launched(self):
        """Release 1 runs, as an operator put it there, and is the good release."""
        self.written(1)
        self.aws.add_version("v1", self.app.tree)
        self.aws.launch("v1")
        self.assert_exit(0, self.run_lastgood("adopt", "HEAD"))

    def released(self, number, status=0):
        commit = self.written(number)
        return commit, self.assert_exit(status, self.run_lastgood("run"))

    def get(self, path):
        try:
            with urllib.request.urlopen(self.aws.app_url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def told(self, fault, finished):
        """For the table of faults."""
        lines = [line for line in finished.err.splitlines() if "error:" in line or line.startswith(("  changed:", "  next:"))]
        print(f"| {fault} | {finished.status} | {' / '.join(lines)} | {finished.took:.1f} s |", flush=True)
        return finished

    def pointed_at(self):
        """The database that the environment's instances are told to use."""
        return self.aws.beanstalk.web.settings["aws:elasticbeanstalk:application:environment", "DATABASE_NAME"]

    def assert_served(self, release):
        status, body = self.get("/health")
        self.assertEqual(status, 200, body)
        self.assertIn(f'"{release}"', body)

    def assert_pending(self, number):
        """The migration of release 2, or of 3, is not applied."""
        self.assertEqual(self.sql(f"select count(*) from django_migrations where app = 'shop' and name like '000{number + 1}%'"), "0")

    def assert_open(self):
        wait_until(lambda: self.backends_of_ours() == "", 20, "every backend of ours is gone")
