"""What can go wrong on Elastic Beanstalk: who we are, what AWS answers, what becomes of a deployment. Nothing is lost, and the rerun goes on."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import wait_until  # noqa: E402
from beanstalk_world import BeanstalkWorld  # noqa: E402
from shop_site import write_ebextensions  # noqa: E402

HTML = "<html><head><title>503 Service Unavailable</title></head></html>"
UNPROVEN = "engine: snapshot, prove: list, disk_limit: 10GB"


class Doors(BeanstalkWorld):
    """AWS does not let us in, or does not answer."""

    def setUp(self):
        super().setUp()
        self.launched()
        self.beanstalk_pipeline(capture=UNPROVEN)
        self.captured(2)

    def migrate(self, status, words, **environment):
        return self.told(words, self.assert_failure(status, words, self.run_lastgood("migrate", environment=environment)))

    def test_who_is_not_known_is_refused_and_changes_nothing(self):
        self.migrate(3, "AWS refuses", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.migrate(3, "InvalidClientTokenId", AWS_ACCESS_KEY_ID="AKIAUNKNOWN")
        self.migrate(3, "SignatureDoesNotMatch", AWS_SECRET_ACCESS_KEY="not-the-key")
        self.aws.fault("elasticbeanstalk", "DescribeConfigurationSettings", 403, "AccessDenied", "User: deployer is not authorized")
        self.migrate(3, "AccessDenied")
        pipeline = self.app.tree / "lastgood.yaml"
        pipeline.write_text(pipeline.read_text().replace("environment: shop-prod", "environment: shop-nowhere"))
        self.migrate(3, "shop-nowhere")
        self.beanstalk_pipeline(capture=UNPROVEN)
        self.aws.fault("elasticbeanstalk", "UpdateEnvironment", 403, "AccessDenied", "User: deployer is not authorized")
        finished = self.migrate(3, "AccessDenied")
        self.assertNotIn("lastgood rollback", finished.err)
        self.assert_served("release 1")
        self.assert_pending(2)

    def test_what_passes_is_asked_again_and_what_does_not_is_bounded(self):
        self.aws.fault("elasticbeanstalk", "DescribeConfigurationSettings", 503, body=HTML, times=2)
        self.aws.fault("elasticbeanstalk", "DescribeConfigurationSettings", 0, times=100)
        self.beanstalk_pipeline(capture=UNPROVEN, beanstalk="program: [aws, --cli-read-timeout, '1']")
        finished = self.migrate(4, "Read timeout", AWS_MAX_ATTEMPTS="1")
        self.assertIn("aws describe-configuration-settings: Service Unavailable; again in 4 s", finished.err)
        self.assertLess(finished.took, 40)
        self.aws._faults.clear()
        self.beanstalk_pipeline(capture=UNPROVEN)
        for action in ("DescribeConfigurationSettings", "DescribeEnvironments", "UpdateEnvironment", "CreateApplicationVersion"):
            self.aws.fault("elasticbeanstalk", action, 400, "Throttling", "Rate exceeded", times=3)
        self.aws.fault("elasticbeanstalk", "DescribeEvents", 503, body=HTML, times=2)
        self.assert_exit(0, self.run_lastgood("migrate", environment={"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "5"}))
        self.assert_served("release 2")

    def test_an_update_under_way_is_waited_for_and_an_answer_that_was_lost_is_no_failure(self):
        """The CLI asks again by itself, and is refused because of its first try."""
        self.aws.delay = 1
        self.aws.beanstalk.update_environment("shop-prod", OptionSettings=[
            {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "COLOUR", "Value": "blue"}])
        self.aws.fault("elasticbeanstalk", "CreateApplicationVersion", None, effect=True)
        self.aws.fault("elasticbeanstalk", "UpdateEnvironment", None, effect=True)
        self.told("answers lost", self.assert_exit(0, self.run_lastgood("migrate")))
        self.assert_served("release 2")


class Deployments(BeanstalkWorld):
    def setUp(self):
        super().setUp()
        self.aws.beanstalk.web.health_within = 5
        self.launched()
        self.beanstalk_pipeline(capture=UNPROVEN)

    def migrated(self, status, words, *more):
        return self.told(words, self.assert_failure(status, words, self.run_lastgood("migrate", *more)))

    def rolled_back(self):
        self.told("rollback", self.assert_exit(0, self.run_lastgood("rollback")))
        self.assert_served("release 1")
        self.assertEqual(self.aws.beanstalk.web.label, "v1")
        self.assertEqual(self.aws.beanstalk.web.health()[0], "Green")
        self.database = self.pointed_at()
        self.assert_pending(2)
        self.assertEqual(self.sql("select count(*) from shop_order"), "400")
        self.assert_open()

    def test_commands_that_fail_before_or_after_their_work(self):
        self.captured(2)
        self.aws.container_command_fails = 1
        finished = self.migrated(4, "the deployment of lastgood-")
        self.assertIn("changed: 0 migrations are applied of 1", finished.err)
        self.assert_served("release 1")
        self.assert_pending(2)
        self.captured(None)
        self.aws.container_command_fails = "afterwards"
        finished = self.migrated(5, "the deployment of lastgood-")
        self.assertIn("changed: 1 migration is applied of 1", finished.err)
        self.assertIn("next: lastgood rollback", finished.err)
        self.rolled_back()

    def test_health_that_is_red_or_instances_that_are_mixed_after_the_deploy(self):
        self.captured(2)
        self.aws.environment_goes_red = 1
        self.migrated(5, "environment shop-prod is Red with lastgood-")
        self.rolled_back()
        self.captured(2, "release two")
        self.aws.mixed = 1
        self.migrated(5, "not every instance of shop-prod runs lastgood-")
        self.rolled_back()

    def test_an_update_that_never_ends(self):
        self.captured(2)
        self.aws.update_never_ends = 1
        self.beanstalk_pipeline(capture=UNPROVEN, beanstalk="timeout: 4s")
        finished = self.migrated(6, "environment shop-prod is Updating after 4 s")
        self.assertIn("aws elasticbeanstalk abort-environment-update --environment-name shop-prod", finished.err)
        # What is live is not closed before the environment takes a new address.
        finished = self.told("rollback meanwhile", self.run_lastgood("rollback"))
        self.assertEqual(finished.status, 4, str(finished))
        self.assertIn("abort-environment-update", finished.err)
        self.assertEqual(self.sql("select datconnlimit from pg_database where datname = 'shop'"), "-1")
        subprocess.run(["aws", "--endpoint-url", self.aws.endpoint, "elasticbeanstalk", "abort-environment-update", "--environment-name", "shop-prod"],
                       check=True, env=self.environment)
        self.beanstalk_pipeline(capture=UNPROVEN)
        self.rolled_back()

    def test_an_update_that_aws_aborts(self):
        self.captured(2)
        self.aws.update_is_aborted = 1
        finished = self.migrated(5, "was aborted, not by us")
        self.assertIn("changed: 1 migration is applied of 1; code: nothing of it is served; v1 is", finished.err)
        self.assert_served("release 1")
        self.assertEqual({instance.label for instance in self.aws.beanstalk.web.instances}, {"v1"})


class MigratedHere(BeanstalkWorld):
    on_deploy = False

    def setUp(self):
        super().setUp()
        self.beanstalk_pipeline(run="here", capture=UNPROVEN)

    def launched(self):
        """Nothing in the revision migrates."""
        self.migrate_by_hand()
        super().launched()

    def test_we_migrate_and_then_deploy_and_nobody_else_migrates(self):
        self.launched()
        self.beanstalk_pipeline(run="here", capture=UNPROVEN)
        self.captured(2)
        self.assert_exit(0, self.run_lastgood("migrate"))
        self.assert_served("release 2")
        self.assert_exit(0, self.run_lastgood("verify"))

        write_ebextensions(self.app)
        self.captured(3)
        finished = self.told("two migrators", self.assert_failure(3, "a deploy migrates by itself, by .ebextensions/01_migrate.config",
                                                                  self.run_lastgood("migrate")))
        self.assertIn("run: on_deploy", finished.err)
        self.assertIn("a deploy of this revision migrates by itself", self.assert_exit(3, self.run_lastgood("check")).out)
        self.assert_served("release 2")
        self.app.git("rm", "-q", "-r", ".ebextensions")
        self.beanstalk_pipeline(run="on_deploy", capture=UNPROVEN)
        self.app.commit("nobody migrates")
        self.assertIn("nothing in this revision migrates", self.assert_exit(3, self.run_lastgood("check")).out)
        run = self.told("nobody migrates", self.run_lastgood("run"))
        self.assertEqual(run.status, 3, str(run))
        self.assertIn("nothing in the revision migrates when it is deployed", run.err)
        self.assert_served("release 2")

    def test_a_web_process_that_does_not_start_after_we_migrated(self):
        self.launched()
        self.beanstalk_pipeline(run="here", capture=UNPROVEN)
        self.captured(2)
        self.aws.beanstalk.web.health_within = 3
        self.aws.web_does_not_start = 1
        finished = self.told("web does not start", self.assert_failure(5, "the deployment of lastgood-", self.run_lastgood("migrate")))
        self.assertIn("changed: mixed: some instances run lastgood-", finished.err)
        self.told("rollback", self.assert_exit(0, self.run_lastgood("rollback")))
        self.assert_served("release 1")
        self.database = self.pointed_at()
        self.assert_pending(2)


class SnapshotsOfRds(BeanstalkWorld):
    def test_a_snapshot_that_fails_and_an_instance_that_cannot_be_restored_leave_everything_as_it_was(self):
        self.beanstalk_pipeline(capture="engine: rds")
        self.launched()
        self.written(2)
        self.aws.snapshot_fails = 1
        self.assert_failure(4, "failed at 90 %", self.run_lastgood("backup-capture"))
        self.aws.restore_fails = 1
        self.assert_failure(4, "incompatible-restore", self.run_lastgood("backup-capture"))
        self.assertEqual(self.get("/health")[0], 200)
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        instances = [request.parameters for request in self.aws.requests if request.action == "DeleteDBInstance"]
        self.assertEqual(len(instances), 2, "neither the broken instance nor the one that only proved something stays")

    def test_a_capture_that_is_killed_goes_on_with_the_snapshot_that_it_had_begun(self):
        self.beanstalk_pipeline(capture="engine: rds")
        self.launched()
        self.written(2)
        taken = lambda: [request for request in self.aws.requests if request.action == "CreateDBSnapshot"]
        process = self.start_lastgood("backup-capture")
        wait_until(taken, 60, "the snapshot is begun")
        process.kill()
        process.communicate()
        self.assert_exit(0, self.run_lastgood("backup-capture"))
        self.assertEqual(len(taken()), 1)


if __name__ == "__main__":
    unittest.main()
