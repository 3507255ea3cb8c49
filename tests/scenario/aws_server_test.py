"""The AWS of the tests, driven by the real `aws`: every call once, every way to go wrong once, so that drift of either is seen."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import shop_site  # noqa: E402
from aws_environment import GROUP, PROPERTIES  # noqa: E402
from aws_server import AwsServer  # noqa: E402
from chain import ChainTest, Finished, wait_until  # noqa: E402

AWS = "/usr/bin/aws"
SECRET = "pass word&1=ü%'\""


def members(value):
    """The names in an answer, without what is empty in it."""
    if isinstance(value, dict):
        return {name: members(inner) for name, inner in value.items() if inner is not None}
    return [members(inner) for inner in value] if isinstance(value, (list, tuple)) else None


class AwsTest(ChainTest):
    password = None

    def setUp(self):
        super().setUp()
        self.aws = AwsServer(self.cluster, self.root, delay=0.15, password=self.password)
        self.addCleanup(self.aws.close)

    def cli(self, service, action, *arguments, environment=None, exit=0, says="", output=True):
        """Runs one command; gives the JSON of its answer."""
        start = time.monotonic()
        done = subprocess.run([AWS, "--endpoint-url", self.aws.endpoint, service, action, *arguments], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=120, env={**os.environ, "HOME": str(self.root), **self.aws.environment, **(environment or {})})
        finished = Finished(done.returncode, done.stdout, done.stderr, time.monotonic() - start)
        self.assertEqual(finished.status, exit, f"{service} {action}: {finished}")
        self.assertIn(says, finished.err, str(finished))
        if exit or not done.stdout.startswith("{"):
            return None
        answer = json.loads(done.stdout)
        result = self.aws.requests[-1].result
        if output and result:  # what the server said and the program did not understand would be missing
            self.assertEqual(members(answer), members(result))
        return answer

    def eb(self, action, *arguments, **how):
        return self.cli("elasticbeanstalk", action, *arguments, **how)

    def rds(self, action, *arguments, **how):
        return self.cli("rds", action, *arguments, **how)

    def update(self, label=None, properties=None, **how):
        """update-environment by a file, as a secret must not stand on a command line."""
        asked = {"EnvironmentName": "shop-prod"} | ({"VersionLabel": label} if label else {})
        if properties:
            asked["OptionSettings"] = [{"Namespace": PROPERTIES, "OptionName": name, "Value": value} for name, value in properties.items()]
        file = self.root / "update.json"
        file.write_text(json.dumps(asked))
        return self.eb("update-environment", "--cli-input-json", f"file://{file}", **how)

    def described(self, name="shop-prod"):
        return self.eb("describe-environments", "--application-name", "shop", "--environment-names", name)["Environments"][0]

    def ready(self, name="shop-prod"):
        wait_until(lambda: self.aws.beanstalk.environments[name].status == "Ready", 60, f"{name} is Ready")
        return self.described(name)

    def messages(self, severity="INFO"):
        return [event["Message"] for event in self.eb("describe-events", "--environment-name", "shop-prod", "--severity", severity)["Events"]]

    def instances(self):
        return self.eb("describe-instances-health", "--environment-name", "shop-prod", "--attribute-names", "All")["InstanceHealthList"]

    def option_settings(self):
        return self.eb("describe-configuration-settings", "--application-name", "shop", "--environment-name", "shop-prod")["ConfigurationSettings"]

    @contextlib.contextmanager
    def visitor(self):
        """Somebody looks at the site all the time."""
        left = threading.Event()
        thread = threading.Thread(target=lambda: [self.get() for _ in iter(lambda: left.wait(0.02), True)])
        thread.start()
        try:
            yield
        finally:
            left.set()
            thread.join()

    def get(self, path="/health"):
        try:
            with urllib.request.urlopen(self.aws.app_url + path, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def release(self, number):
        """Commits a release of the site; it is a version then."""
        shop_site.write_release(self.app, number)
        shop_site.write_procfile(self.app)
        shop_site.write_ebextensions(self.app)
        self.app.commit(f"release {number}")
        self.aws.add_version(f"v{number}", self.app.tree)

    def upload(self, label, bundle=None):
        file = self.root / f"{label}.zip"
        if bundle is None:
            self.app.git("archive", "--format=zip", "-o", str(file), "HEAD")
        else:
            file.write_bytes(bundle)
        self.cli("s3", "cp", str(file), f"s3://{self.aws.s3.bucket}/shop/{label}.zip", "--only-show-errors")
        return self.eb("create-application-version", "--application-name", "shop", "--version-label", label, "--process", "--source-bundle",
                       f"S3Bucket={self.aws.s3.bucket},S3Key=shop/{label}.zip")["ApplicationVersion"]

    def launch(self):
        self.release(1)
        self.aws.launch("v1")
        self.release(2)


class WhoAsks(AwsTest):
    def test_the_right_key_is_answered_and_others_are_not(self):
        self.assertEqual(self.cli("sts", "get-caller-identity")["Arn"], "arn:aws:iam::123456789012:user/deployer")
        wrong_key, wrong_secret = {"AWS_ACCESS_KEY_ID": "AKIAWRONG"}, {"AWS_SECRET_ACCESS_KEY": "wrong"}
        self.cli("sts", "get-caller-identity", environment=wrong_key, exit=254, says="InvalidClientTokenId")
        self.eb("describe-environments", environment=wrong_key, exit=254, says="InvalidClientTokenId")
        self.rds("describe-db-instances", environment=wrong_secret, exit=254, says="SignatureDoesNotMatch")
        self.rds("describe-db-instances", "--no-sign-request", exit=254, says="MissingAuthenticationToken")
        self.eb("describe-environments", environment={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, exit=253, says="Unable to locate credentials")
        self.cli("s3", "ls", f"s3://{self.aws.s3.bucket}", environment=wrong_key, exit=254, says="InvalidAccessKeyId")

    def test_faults_reach_the_program_as_these_exit_codes(self):
        names = ("--environment-names", "shop-prod")
        ask = lambda **how: self.eb("describe-environments", *names, **how)  # noqa: E731
        fault = lambda **what: self.aws.fault("elasticbeanstalk", "DescribeEnvironments", **what)  # noqa: E731
        fault(status=403, code="AccessDenied", message="User is not authorized to perform elasticbeanstalk:DescribeEnvironments")
        ask(exit=254, says="(AccessDenied)")
        fault(status=401, code="ExpiredToken", message="The security token included in the request is expired")
        ask(exit=254, says="(ExpiredToken)")
        fault(status=429, code="Throttling", message="Rate exceeded")  # the program asks again by itself
        ask()
        fault(status=400, code="Throttling", message="Rate exceeded", headers={"Retry-After": "1"}, times=3)
        ask(exit=254, says="(Throttling) when calling the DescribeEnvironments operation (reached max retries: 2): Rate exceeded")
        fault(status=503, code="ServiceUnavailable", message="Try later")
        ask(environment={"AWS_MAX_ATTEMPTS": "1"}, exit=254, says="(ServiceUnavailable)")
        page = "<html><body>502 Bad Gateway</body></html>"
        fault(status=502, body=page)
        ask(environment={"AWS_MAX_ATTEMPTS": "1"}, exit=254, says="An error occurred (502) when calling the DescribeEnvironments operation")
        fault(status=200, body=page)
        ask(exit=255, says="'DescribeEnvironmentsResult'")
        fault(status=200, body="not XML")
        ask(exit=255)
        fault(status=None)
        ask(environment={"AWS_MAX_ATTEMPTS": "1"}, exit=255, says="Connection was closed before we received a valid response")
        fault(status=0)
        self.eb("describe-environments", "--cli-read-timeout", "1", environment={"AWS_MAX_ATTEMPTS": "1"}, exit=255, says="Read timeout")
        fault(status=500, after=1)
        ask()
        ask(environment={"AWS_MAX_ATTEMPTS": "1"}, exit=254)

    def test_a_deed_whose_answer_is_lost_is_done(self):
        self.aws.fault("rds", "CreateDBSnapshot", status=None, effect=True)
        self.rds("create-db-snapshot", "--db-instance-identifier", "shop-db", "--db-snapshot-identifier", "s1",
                 environment={"AWS_MAX_ATTEMPTS": "1"}, exit=255)
        self.assertIn("s1", self.aws.rds.snapshots)
        # Asked again by the program itself, it sees its own deed as somebody else's.
        self.aws.fault("rds", "CreateDBSnapshot", status=None, effect=True)
        wait_until(lambda: self.aws.rds.first.status == "available")
        self.rds("create-db-snapshot", "--db-instance-identifier", "shop-db", "--db-snapshot-identifier", "s2", exit=254, says="(DBSnapshotAlreadyExists)")

    def test_what_is_not_understood_is_refused(self):
        self.rds("describe-db-instances", "--filters", "Name=engine,Values=postgres", exit=254, says="(NotImplementedHere)",
                 environment={"AWS_MAX_ATTEMPTS": "1"})
        self.eb("list-available-solution-stacks", exit=254, says="(InvalidAction)")


class Bundles(AwsTest):
    def test_an_object_goes_up_and_comes_down(self):
        for name, content in (("small", b"x" * 1000), ("large", os.urandom(9 << 20))):
            file, url = self.root / name, f"s3://{self.aws.s3.bucket}/shop/{name} 1+ü.zip"
            file.write_bytes(content)
            self.cli("s3", "cp", str(file), url, "--only-show-errors")
            self.cli("s3", "cp", url, str(self.root / "back"), "--only-show-errors")
            self.assertEqual((self.root / "back").read_bytes(), content)
        self.assertEqual([request.action for request in self.aws.requests].count("UploadPart"), 2)
        key = ("--bucket", self.aws.s3.bucket, "--key", "shop/small 1+ü.zip")
        self.assertEqual(self.cli("s3api", "head-object", *key, output=False)["ContentLength"], 1000)
        self.cli("s3api", "head-object", "--bucket", self.aws.s3.bucket, "--key", "nothing", exit=254, says="(404)")
        self.cli("s3", "cp", f"s3://{self.aws.s3.bucket}/nothing", str(self.root / "back"), exit=1, says="404")
        self.cli("s3", "cp", str(self.root / "small"), "s3://another-bucket/x", exit=1, says="NoSuchBucket")
        listed = subprocess.run([AWS, "--endpoint-url", self.aws.endpoint, "s3", "ls", f"s3://{self.aws.s3.bucket}/shop/"], text=True,
                                capture_output=True, env={**os.environ, **self.aws.environment})
        self.assertIn("small", listed.stdout)
        self.cli("s3", "rm", f"s3://{self.aws.s3.bucket}/shop/small 1+ü.zip", "--quiet")

    def test_a_version_is_made_of_a_bundle(self):
        self.assertEqual(self.eb("create-storage-location")["S3Bucket"], self.aws.s3.bucket)
        self.app.write("Procfile", "web: true\n")
        self.app.commit()
        self.assertEqual(self.upload("v1")["Status"], "Processing")
        wait_until(lambda: self.aws.beanstalk.versions["v1"]["Status"] != "Processing")
        found = self.eb("describe-application-versions", "--application-name", "shop", "--version-labels", "v1")["ApplicationVersions"]
        self.assertEqual([(version["VersionLabel"], version["Status"]) for version in found], [("v1", "Processed")])
        self.assertEqual(self.eb("describe-application-versions", "--application-name", "shop", "--version-labels", "v9")["ApplicationVersions"], [])
        self.assertEqual(self.eb("describe-applications", "--application-names", "shop")["Applications"][0]["Versions"], ["v1"])
        self.assertEqual(self.eb("describe-applications", "--application-names", "other")["Applications"], [])
        make = ("--application-name", "shop", "--source-bundle", f"S3Bucket={self.aws.s3.bucket},S3Key=shop/v1.zip", "--version-label")
        self.eb("create-application-version", *make, "v1", exit=254, says="Application Version v1 already exists.")
        self.eb("create-application-version", *make[:2], "--version-label", "v3", "--source-bundle", f"S3Bucket={self.aws.s3.bucket},S3Key=no",
                exit=254, says="Unable to download from S3 location")
        self.eb("create-application-version", "--application-name", "other", *make[2:], "v3", exit=254, says="No Application named 'other' found.")
        self.upload("broken", b"this is no zip")
        wait_until(lambda: self.aws.beanstalk.versions["broken"]["Status"] == "Failed")
        self.update("broken", exit=254, says="unusable")
        self.eb("delete-application-version", "--application-name", "shop", "--version-label", "broken")
        self.update("broken", exit=254, says="No Application Version named 'broken' found.")
        self.eb("describe-configuration-settings", "--application-name", "shop", "--environment-name", "nobody", exit=254, says="No Environment found")
        self.assertEqual(self.eb("describe-environments", "--environment-names", "nobody")["Environments"], [])


class Environments(AwsTest):
    password = SECRET

    def test_a_version_and_settings_are_deployed_instance_by_instance(self):
        self.launch()
        before = self.described()
        self.assertEqual((before["Status"], before["Health"], before["HealthStatus"], before["VersionLabel"]), ("Ready", "Green", "Ok", "v1"))
        self.aws.delay = 1.5
        with self.visitor():
            started = self.update("v2", {"TOKEN": SECRET})
            self.assertEqual((started["Status"], started["Health"], started["VersionLabel"], started["AbortableOperationInProgress"]),
                             ("Updating", "Grey", "v2", True))
            self.update("v1", exit=254, says="Environment named shop-prod is in an invalid state for this operation. Must be Ready.")
            self.assertEqual([one["DeploymentStatus"] for one in self.option_settings()], ["deployed", "pending"])
            after = self.ready()
        self.assertEqual((after["Health"], after["HealthStatus"], after["VersionLabel"], after["AbortableOperationInProgress"]), ("Green", "Ok", "v2", False))
        self.assertIn(b"release 2", self.get()[1])
        self.assertEqual({status for _, status in self.aws.answers}, {200})  # one instance was there all the time
        settings = self.option_settings()
        found = {option["OptionName"]: option.get("Value") for option in settings[0]["OptionSettings"] if option["Namespace"] == PROPERTIES}
        self.assertEqual((len(settings), found["TOKEN"], found["DATABASE_PASSWORD"], found["DATABASE_HOST"]), (1, SECRET, SECRET, "127.0.0.1"))
        process = self.aws.beanstalk.web.instances[0].process.pid
        self.assertIn(f"TOKEN={SECRET}".encode(), pathlib.Path(f"/proc/{process}/environ").read_bytes().split(b"\0"))
        health = self.instances()
        self.assertEqual([(one["HealthStatus"], one["Deployment"]["VersionLabel"], one["Deployment"]["DeploymentId"], one["Deployment"]["Status"])
                          for one in health], [("Ok", "v2", 2, "Deployed")] * 2)
        self.eb("describe-environment-health", "--environment-name", "shop-prod", "--attribute-names", "All")
        start = started["DateUpdated"]
        events = self.eb("describe-events", "--environment-name", "shop-prod", "--start-time", start, "--max-items", "100", output=False)["Events"]
        self.assertEqual((events[0]["Message"], events[-1]["Message"]), ("Environment update completed successfully.", "Environment update is starting."))
        # Taking it away again is a deployment of the configuration alone.
        self.aws.delay = 0.1
        self.eb("update-environment", "--environment-name", "shop-prod", "--options-to-remove", f"Namespace={PROPERTIES},OptionName=TOKEN")
        self.ready()
        self.assertNotIn((PROPERTIES, "TOKEN"), self.aws.beanstalk.web.settings)
        # Each ran the container commands, on the leader: launch, version, configuration.
        logs = [(instance.root / "eb-engine.log") for instance in self.aws.beanstalk.web.instances]
        self.assertEqual([log.exists() and log.read_text().count("01_migrate: 0") for log in logs], [3, False])
        self.eb("wait", "environment-updated", "--environment-names", "shop-prod")

    def test_a_failing_container_command_ends_the_deployment(self):
        self.launch()
        self.aws.container_command_fails = True
        self.update("v2", {"TOKEN": "x"})
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Health"], after["HealthStatus"]), ("v1", "Red", "Degraded"))
        errors = self.messages("ERROR")
        self.assertEqual(errors[0], "Failed to deploy application.")
        self.assertTrue(any("Command failed on instance" in message and "01_migrate" in message for message in errors), errors)
        self.assertEqual([(one["Deployment"]["VersionLabel"], one["Deployment"]["Status"]) for one in self.instances()],
                         [("v2", "Failed"), ("v1", "Deployed")])
        self.assertEqual([one["DeploymentStatus"] for one in self.option_settings()], ["deployed", "failed"])
        self.assertIn(b"release 1", self.get()[1])
        self.assertEqual(self.sql("select count(*) from django_migrations where name = '0003_paid'"), "0")
        # The command did its work, and failed then.
        self.aws.container_command_fails = "afterwards"
        self.update("v2")
        self.assertEqual(self.ready()["VersionLabel"], "v1")
        self.assertEqual(self.sql("select count(*) from django_migrations where name = '0003_paid'"), "1")
        # The next one is well.
        self.update("v2")
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Health"]), ("v2", "Green"))

    def test_old_code_on_the_new_schema_fails_for_real(self):
        self.launch()
        self.update("v2")
        self.ready()
        self.release(3)
        self.aws.delay = 0.5
        with self.visitor():
            self.update("v3")
            self.assertEqual(self.ready()["Health"], "Green")
        self.assertEqual({status for _, status in self.aws.answers}, {200, 500})  # release 2, on the instance whose turn had not come
        self.aws.beanstalk.web.health_within = 2
        self.update("v2")  # its code asks for a column that is gone
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Health"]), ("v3", "Red"))
        self.assertTrue(any("did not pass the health checks" in message for message in self.messages("ERROR")))
        labels = [one["Deployment"]["VersionLabel"] for one in self.instances()]
        self.assertEqual(labels, ["v2", "v3"])
        self.assertIn(500, {self.get()[0], self.get()[0]})

    def test_an_update_is_aborted_by_us_or_by_aws(self):
        self.launch()
        self.eb("abort-environment-update", "--environment-name", "shop-prod", exit=254, says="InvalidParameterValue")
        self.aws.update_never_ends = True
        self.update("v2")
        first = self.aws.beanstalk.web.instances[0]
        wait_until(lambda: first.label == "v2" and first.in_service)
        self.assertEqual(self.described()["Status"], "Updating")
        self.eb("abort-environment-update", "--environment-name", "shop-prod")
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Health"]), ("v1", "Green"))
        self.aws.update_is_aborted = True
        self.update("v2")
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Status"]), ("v1", "Ready"))
        self.assertIn("Environment update is aborting.", self.messages())
        self.assertEqual({one["Deployment"]["VersionLabel"] for one in self.instances()}, {"v1"})

    def test_health_that_does_not_fit_the_deployment(self):
        self.launch()
        self.aws.environment_goes_red = True
        self.update("v2")
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Health"], after["HealthStatus"]), ("v2", "Red", "Severe"))
        self.aws.mixed, self.aws.health_lag = True, 60
        self.update("v1")
        self.assertEqual(self.ready()["Health"], "Grey")
        self.aws.health_lag = 0
        after = self.described()
        self.assertEqual((after["VersionLabel"], after["Health"]), ("v1", "Green"))
        self.assertEqual([one["Deployment"]["VersionLabel"] for one in self.instances()], ["v1", "v2"])
        self.aws.beanstalk.web.health_within, self.aws.web_does_not_start = 1, True
        self.update("v2")
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Health"]), ("v1", "Red"))
        self.assertIn(502, {self.get()[0], self.get()[0]})

    def test_all_at_once_and_nobody_waits_for_health(self):
        self.launch()
        self.aws.web_does_not_start = True
        self.eb("update-environment", "--environment-name", "shop-prod", "--version-label", "v2", "--option-settings",
                "Namespace=aws:elasticbeanstalk:command,OptionName=DeploymentPolicy,Value=AllAtOnce")
        after = self.ready()
        self.assertEqual((after["VersionLabel"], after["Health"], after["HealthStatus"]), ("v2", "Red", "Severe"))
        self.eb("update-environment", "--environment-name", "shop-prod", "--option-settings", f"Namespace={GROUP},OptionName=MinSize,Value=9",
                exit=254, says="ConfigurationValidationException")
        self.eb("update-environment", "--environment-name", "shop-prod", "--option-settings", "Namespace=no:such,OptionName=A,Value=9",
                exit=254, says="Unknown configuration setting")

    def test_workers_are_stopped_and_started(self):
        worker = self.aws.beanstalk.add_worker("shop-worker")
        self.launch()
        self.assertEqual(self.described("shop-worker")["Tier"]["Name"], "Worker")
        rows = lambda: int(self.sql("select count(*) from shop_order"))  # noqa: E731
        wait_until(lambda: rows() > 401)
        self.scale_worker(0)
        self.assertEqual((self.ready("shop-worker")["Health"], worker.instances), ("Grey", []))
        count = rows()
        time.sleep(0.6)
        self.assertEqual(rows(), count)
        self.scale_worker(1)
        self.assertEqual(self.ready("shop-worker")["Health"], "Green")
        wait_until(lambda: rows() > count)

    def scale_worker(self, size):
        self.eb("update-environment", "--environment-name", "shop-worker", "--option-settings", *(
            f"Namespace={GROUP},OptionName={name},Value={size}" for name in ("MinSize", "MaxSize")))

    def test_nothing_is_left_behind(self):
        self.aws.beanstalk.add_worker("shop-worker")
        self.launch()
        self.rds("create-db-snapshot", "--db-instance-identifier", "shop-db", "--db-snapshot-identifier", "s1")
        self.update("v2")
        self.aws.close()
        self.assertFalse(self.aws.rds.root.exists() or (self.root / "beanstalk").exists())
        for process in pathlib.Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                self.assertNotIn(str(self.root / "beanstalk"), os.readlink(process))
        self.assertEqual(self.sql("select 1", user=self.owner), "1")  # nobody asks for a password any more


class Databases(AwsTest):
    password = SECRET

    def instance(self, name):
        return self.rds("describe-db-instances", "--db-instance-identifier", name)["DBInstances"][0]

    def settled(self, name, status="available"):
        wait_until(lambda: self.aws.rds.instances[name].status == status, 60, f"{name} is {status}")
        return self.instance(name)

    def snapshot(self, name, status="available"):
        self.rds("create-db-snapshot", "--db-instance-identifier", "shop-db", "--db-snapshot-identifier", name, "--tags", "Key=run,Value=a b")
        wait_until(lambda: self.aws.rds.snapshots[name].status == status, 60, f"{name} is {status}")
        return self.rds("describe-db-snapshots", "--db-snapshot-identifier", name)["DBSnapshots"][0]

    def ask(self, address, statement, password):
        done = subprocess.run([self.cluster.bindir / "psql", "-X", "-A", "-t", "-h", address, "-p", str(self.cluster.port), "-U", self.owner, "-d", "shop",
                               "-c", statement], text=True, capture_output=True, env={**os.environ, "PGPASSWORD": password})
        return done.stdout.strip() or done.stderr

    def test_a_snapshot_comes_back_as_another_server(self):
        self.launch()
        first = self.instance("shop-db")
        self.assertEqual((first["DBInstanceStatus"], first["Engine"], first["MasterUsername"], first["DBName"]), ("available", "postgres", self.owner, "shop"))
        self.assertEqual(first["Endpoint"], {"Address": "127.0.0.1", "Port": self.cluster.port})
        snapshot = self.snapshot("s1")
        self.assertEqual((snapshot["Status"], snapshot["PercentProgress"], snapshot["TagList"]), ("available", 100, [{"Key": "run", "Value": "a b"}]))
        self.rds("wait", "db-snapshot-available", "--db-snapshot-identifier", "s1")
        self.sql("delete from shop_order")
        groups = [group["VpcSecurityGroupId"] for group in first["VpcSecurityGroups"]]
        restoring = self.rds(
            "restore-db-instance-from-db-snapshot", "--db-snapshot-identifier", "s1", "--db-instance-identifier", "shop-db-2",
            "--db-subnet-group-name", first["DBSubnetGroup"]["DBSubnetGroupName"], "--vpc-security-group-ids", *groups,
            "--db-parameter-group-name", first["DBParameterGroups"][0]["DBParameterGroupName"])["DBInstance"]
        self.assertEqual((restoring["DBInstanceStatus"], restoring.get("Endpoint")), ("creating", None))
        restored = self.settled("shop-db-2")
        self.assertEqual(restored["Endpoint"], {"Address": "127.0.0.2", "Port": self.cluster.port})
        count = "select count(*) from shop_order"
        self.assertEqual((self.ask("127.0.0.1", count, SECRET), self.ask("127.0.0.2", count, SECRET)), ("0", "400"))
        who = "select system_identifier from pg_control_system()"
        self.assertEqual(self.ask("127.0.0.1", who, SECRET), self.ask("127.0.0.2", who, SECRET))
        # Its password is that of the snapshot, until it is changed.
        file = self.root / "modify.json"
        file.write_text(json.dumps({"DBInstanceIdentifier": "shop-db-2", "MasterUserPassword": "new" + SECRET, "ApplyImmediately": True}))
        changed = self.rds("modify-db-instance", "--cli-input-json", f"file://{file}")["DBInstance"]
        self.assertEqual(changed["PendingModifiedValues"], {"MasterUserPassword": "****"})
        self.settled("shop-db-2")
        self.assertIn("password authentication failed", self.ask("127.0.0.2", count, SECRET))
        self.assertEqual(self.ask("127.0.0.2", count, "new" + SECRET), "400")
        # The application goes there.
        self.update("v1", {"DATABASE_HOST": "127.0.0.2", "DATABASE_PASSWORD": "new" + SECRET})
        self.assertEqual(self.ready()["Health"], "Green")
        self.assertEqual(json.loads(self.get()[1])["orders"], 400)

    def test_groups_that_are_not_named_keep_the_application_out(self):
        self.snapshot("s1")
        self.rds("restore-db-instance-from-db-snapshot", "--db-snapshot-identifier", "s1", "--db-instance-identifier", "shop-db-2")
        restored = self.settled("shop-db-2")
        self.assertEqual(restored["VpcSecurityGroups"][0]["VpcSecurityGroupId"], "sg-default")
        self.assertIn("refused", self.ask("127.0.0.2", "select 1", SECRET))
        self.rds("modify-db-instance", "--db-instance-identifier", "shop-db-2", "--vpc-security-group-ids", "sg-0shop", "--apply-immediately")
        self.settled("shop-db-2")
        self.assertEqual(self.ask("127.0.0.2", "select 1", SECRET), "1")
        self.rds("delete-db-instance", "--db-instance-identifier", "shop-db-2", exit=254, says="FinalDBSnapshotIdentifier is required")
        self.rds("modify-db-instance", "--db-instance-identifier", "shop-db-2", "--deletion-protection")
        self.settled("shop-db-2")
        delete = ("delete-db-instance", "--db-instance-identifier", "shop-db-2", "--skip-final-snapshot")
        self.rds(*delete, exit=254, says="Cannot delete protected DB Instance")
        self.rds("modify-db-instance", "--db-instance-identifier", "shop-db-2", "--no-deletion-protection")
        self.settled("shop-db-2")
        self.assertEqual(self.rds(*delete)["DBInstance"]["DBInstanceStatus"], "deleting")
        wait_until(lambda: len(self.aws.rds.instances) == 1)
        self.rds("describe-db-instances", "--db-instance-identifier", "shop-db-2", exit=254, says="(DBInstanceNotFound)")
        self.rds("delete-db-instance", "--db-instance-identifier", "shop-db", "--skip-final-snapshot")
        wait_until(lambda: not self.aws.rds.instances)
        self.assertEqual(self.rds("describe-db-instances")["DBInstances"], [])

    def test_tags(self):
        arn = self.snapshot("s1")["DBSnapshotArn"]
        self.rds("add-tags-to-resource", "--resource-name", arn, "--tags", "Key=keep,Value=3d")
        self.assertEqual(self.rds("list-tags-for-resource", "--resource-name", arn)["TagList"], [{"Key": "run", "Value": "a b"}, {"Key": "keep", "Value": "3d"}])
        self.rds("add-tags-to-resource", "--resource-name", self.instance("shop-db")["DBInstanceArn"], "--tags", "Key=a,Value=b")
        self.assertEqual(self.instance("shop-db")["TagList"], [{"Key": "a", "Value": "b"}])

    def test_snapshots_and_restores_fail(self):
        self.aws.snapshot_fails = True
        failed = self.snapshot("s1", "failed")
        self.assertEqual((failed["Status"], failed["PercentProgress"]), ("failed", 90))
        restore = ("restore-db-instance-from-db-snapshot", "--db-instance-identifier", "shop-db-2", "--db-snapshot-identifier")
        self.rds(*restore, "s1", exit=254, says="(InvalidDBSnapshotState)")
        self.rds(*restore, "s9", exit=254, says="(DBSnapshotNotFound)")
        self.aws.snapshot_never_ends = True
        self.rds("create-db-snapshot", "--db-instance-identifier", "shop-db", "--db-snapshot-identifier", "s2")
        self.rds("create-db-snapshot", "--db-instance-identifier", "shop-db", "--db-snapshot-identifier", "s3", exit=254, says="(InvalidDBInstanceState)")
        wait_until(lambda: self.aws.rds.snapshots["s2"].percent == 50)
        self.assertEqual(self.rds("describe-db-snapshots", "--db-snapshot-identifier", "s2")["DBSnapshots"][0]["Status"], "creating")
        self.assertEqual(self.rds("delete-db-snapshot", "--db-snapshot-identifier", "s2")["DBSnapshot"]["Status"], "deleted")
        self.settled("shop-db")
        self.snapshot("s3")
        self.rds("create-db-snapshot", "--db-instance-identifier", "shop-db", "--db-snapshot-identifier", "s3", exit=254, says="(DBSnapshotAlreadyExists)")
        self.aws.restore_fails = True
        self.rds(*restore, "s3")
        self.assertNotIn("Endpoint", self.settled("shop-db-2", "incompatible-restore"))
        self.rds("wait", "db-instance-available", "--db-instance-identifier", "shop-db-2", exit=255, says="terminal failure")
        self.rds(*restore, "s3", exit=254, says="(DBInstanceAlreadyExists)")


del ChainTest
if __name__ == "__main__":
    unittest.main()
