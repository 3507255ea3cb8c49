"""One Elastic Beanstalk environment: option settings, events, health, and updates that go batch by batch in the background."""
import contextlib
import secrets
import threading

from aws_instances import CommandFailed, Instance
from aws_protocol import ACCOUNT, REGION, AwsError, now

PROPERTIES, GROUP, COMMAND = "aws:elasticbeanstalk:application:environment", "aws:autoscaling:asg", "aws:elasticbeanstalk:command"
SPOILT = ("environment_goes_red", "update_never_ends", "update_is_aborted", "mixed", "container_command_fails", "web_does_not_start")
PLATFORM = "64bit Amazon Linux 2023 v4.3.0 running Python 3.11"


class Failed(Exception):
    """The deployment ends here."""


class Aborted(Exception):
    """Somebody, or AWS itself, aborts the update."""


class Environment:
    health_within = 30  # seconds that a batch has for becoming healthy

    def __init__(self, server, root, name, process_type, instances, properties):
        self.server, self.name, self.process_type = server, name, process_type
        self.root = root / name
        self.id, self.created, self.updated = "e-" + secrets.token_hex(5), now(), now()
        self.settings = {(PROPERTIES, key): value for key, value in properties.items()}
        self.settings |= {(GROUP, "MinSize"): str(instances), (GROUP, "MaxSize"): str(instances), (COMMAND, "DeploymentPolicy"): "Rolling",
                          (COMMAND, "BatchSizeType"): "Fixed", (COMMAND, "BatchSize"): "1", (COMMAND, "IgnoreHealthCheck"): "false",
                          (COMMAND, "Timeout"): "600", ("aws:elasticbeanstalk:environment", "EnvironmentType"): "LoadBalanced",
                          ("aws:elasticbeanstalk:healthreporting:system", "SystemType"): "enhanced",
                          ("aws:elasticbeanstalk:environment:process:default", "HealthCheckPath"): "/health"}
        self.draft = None              # (settings, "pending" or "failed")
        self.status, self.label = "Ready", None
        self.deployments, self.expected = 0, (0, None)   # the last one that went well: its number and version
        self.red, self.blind = False, False   # as the server's switches say
        self.abortable, self.abort, self._thread = False, threading.Event(), None
        self.instances, self.events = [], []

    # ---- what is told

    def event(self, severity, message):
        self.events.append({"EventDate": now(), "Message": message, "ApplicationName": self.server.application, "EnvironmentName": self.name,
                            "PlatformArn": f"arn:aws:elasticbeanstalk:{REGION}::platform/Python 3.11 running on 64bit Amazon Linux 2023/4.3.0",
                            "RequestId": secrets.token_hex(16), "Severity": severity})

    def describe(self):
        color, health = self.health()
        address = f"127.0.0.1:{self.server.beanstalk.balancer.port}" if self.process_type == "web" else None
        tier = {"Name": "WebServer", "Type": "Standard"} if self.process_type == "web" else {"Name": "Worker", "Type": "SQS/HTTP"}
        return {"EnvironmentName": self.name, "EnvironmentId": self.id, "ApplicationName": self.server.application, "VersionLabel": self.label,
                "SolutionStackName": PLATFORM, "EndpointURL": address, "CNAME": address, "DateCreated": self.created,
                "DateUpdated": self.updated, "Status": self.status, "AbortableOperationInProgress": self.abortable, "Health": color,
                "HealthStatus": health, "Tier": {**tier, "Version": "1.0"}, "EnvironmentLinks": [],
                "EnvironmentArn": f"arn:aws:elasticbeanstalk:{REGION}:{ACCOUNT}:environment/{self.server.application}/{self.name}"}

    def health(self):
        """(Health, HealthStatus)."""
        if self.status != "Ready" or (now() - self.updated).total_seconds() < self.server.health_lag:
            return "Grey", "Info"
        if not self.instances:
            return "Grey", "NoData"
        if self.red:
            return "Red", "Severe"
        well = [instance.answers_well() for instance in list(self.instances)]
        if not any(well):
            return "Red", "Severe"
        if self._failed() or self._strays():
            return "Red", "Degraded"
        return ("Green", "Ok") if all(well) else ("Yellow", "Warning")

    def _failed(self):
        """Instances on which the last deployment failed."""
        return [] if self.status != "Ready" else [one for one in self.instances if one.deployment["Status"] == "Failed"]

    def _strays(self):
        """Instances whose code is not the expected version's."""
        return [] if self.blind or self.status != "Ready" else [one for one in self.instances if one.label != self.expected[1]]

    def causes(self):
        """Of the environment."""
        found, total = [], len(self.instances)
        if self._failed():
            found.append(f"Application deployment failed on {len(self._failed())} out of {total} instances.")
        if self._strays():
            found.append(f"Incorrect application version found on {len(self._strays())} out of {total} instances. "
                         f'Expected version "{self.expected[1]}" (deployment {self.expected[0]}).')
        if self.red:
            found.append("100.0 % of the requests are failing with HTTP 5xx.")
        return found

    def instance_health(self, instance):
        status, color, causes = "Ok", "Green", []
        if instance.deployment["Status"] == "In Progress":
            status, color, causes = "Info", "Green", ["Application deployment in progress."]
        elif self.red or not instance.answers_well():
            status, color, causes = "Severe", "Red", ["ELB health is failing or not available." if self.process_type == "web" else "Process is not running."]
        elif instance.deployment["Status"] == "Failed":
            at = instance.deployment["DeploymentTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
            status, color = "Degraded", "Red"
            causes = [f"Application deployment failed at {at} with exit status 1 and error: Engine execution has encountered an error."]
        elif instance in self._strays():
            number, label = instance.deployment["DeploymentId"], instance.label
            status, color = "Degraded", "Red"
            causes = [f'Incorrect application version "{label}" (deployment {number}). Expected version "{self.expected[1]}" (deployment {self.expected[0]}).']
        return {"InstanceId": instance.id, "HealthStatus": status, "Color": color, "Causes": causes, "LaunchedAt": instance.launched,
                "Deployment": dict(instance.deployment), "AvailabilityZone": REGION + "a", "InstanceType": "t3.micro"}

    # ---- updates

    def must_be_ready(self):
        if self.status != "Ready":
            raise AwsError("InvalidParameterValue", f"Environment named {self.name} is in an invalid state for this operation. Must be Ready.")

    def properties(self, settings):
        return {name: value for (namespace, name), value in settings.items() if namespace == PROPERTIES}

    def start(self, label, settings):
        """In the background; `label` None: the configuration alone."""
        self.must_be_ready()
        self.status, self.updated, self.abortable = "Updating", now(), True
        self.abort.clear()
        before, self.label = self.label, label or self.label
        self.draft = (settings, "pending") if settings != self.settings else None
        self.event("INFO", "Environment update is starting.")
        self._thread = threading.Thread(target=self._update, args=(label, before, settings), daemon=True)
        self._thread.start()

    def launch(self, label):
        """As an operator did long ago: at once, and it must go well."""
        self.label = label
        self._scale(leader=True)
        self.expected = (self.deployments, label)
        for instance in self.instances:
            if not instance.becomes_well(self.health_within, self.server.closing.is_set):
                raise RuntimeError(f"{label} does not become healthy:\n{(instance.root / 'process.log').read_text()[-2000:]}")
        self.event("INFO", f"Successfully launched environment: {self.name}")

    def stop_updating(self):
        """AbortEnvironmentUpdate."""
        if not self.abortable:
            raise AwsError("InvalidParameterValue", f"Environment named {self.name} is in an invalid state for this operation. Must be pending deployment.")
        self.status, self.abortable = "Aborting", False
        self.event("INFO", "Environment update is aborting.")
        self.abort.set()

    def close(self):
        self.abort.set()
        for instance in self.instances:
            instance.end_command()
        if self._thread:
            self._thread.join(60)
        for instance in self.instances:
            instance.terminate()

    def _update(self, label, before, settings):
        spoilt = {switch: self.server.take(switch) if self.process_type == "web" else 0 for switch in SPOILT}
        target, done = self.label, []
        try:
            if target and (label or self.properties(settings) != self.properties(self.settings)):
                self._deploy(target, settings, spoilt, done, new=label is not None)
            else:
                self._pause()
            self.settings, self.draft, self.label = settings, None, target
            self._scale()
            if not label:
                self.event("INFO", "Successfully deployed new configuration to environment.")
            self.event("INFO", "Environment update completed successfully.")
        except Failed as failure:
            self.label, self.blind = before, False
            self.draft = (settings, "failed") if self.draft else None
            self.event("ERROR", "Failed to deploy application." if label else "Failed to deploy configuration.")
            self.event("WARN", f"Environment health has transitioned from Info to Degraded. {failure}")
        except Aborted:
            if not self.server.closing.is_set():
                self._undo(before, done)
        finally:
            self.updated, self.abortable, self.status = now(), False, "Ready"

    def _deploy(self, target, settings, spoilt, done, new=True):
        self.deployments += 1
        number, content = self.deployments, self.server.beanstalk.content_of(target)
        batches, rolling = self._batches(settings)
        self.event("INFO", "Deploying new version to instance(s)." if new else f"Updating environment {self.name}'s configuration settings.")
        for index, batch in enumerate(batches, 1):
            names = "[" + ", ".join(instance.id for instance in batch) + "]"
            if rolling:
                self.event("INFO", f"Batch {index}: Starting application deployment on instance(s) {names}.")
                self.event("INFO", f"Batch {index}: De-registering instance(s) from the load balancer and waiting for them to go out of service.")
                for instance in batch:
                    self.server.beanstalk.balancer.take_out(instance)
            self._pause()
            for instance in batch:
                if not (spoilt["mixed"] and instance is self.instances[-1]):
                    self._deploy_on(instance, target, number, content, settings, spoilt)
                done.append(instance)
            self._wait_for(batch, index, names, rolling and settings[COMMAND, "IgnoreHealthCheck"] != "true")
            if index == 1 and spoilt["update_never_ends"]:
                self.abort.wait()
            if index == 1 and spoilt["update_is_aborted"]:
                self.stop_updating()
            if index < len(batches):
                self._pause()
        if self.instances:
            self.event("INFO", "Command execution completed on all instances. Summary: [Successful: %d, Failed: 0]." % len(self.instances))
            self.event("INFO", "New application version was deployed to running EC2 instances.")
        self.expected, self.red, self.blind = (number, target), bool(spoilt["environment_goes_red"]), bool(spoilt["mixed"])
        if self.red:
            self.event("WARN", "Environment health has transitioned from Info to Severe. 100.0 % of the requests are failing with HTTP 5xx.")

    def _deploy_on(self, instance, target, number, content, settings, spoilt, leader=None):
        instance.deployment = {"VersionLabel": target, "DeploymentId": number, "Status": "In Progress", "DeploymentTime": now()}
        tree = instance.unpack(content, number)
        leader = instance is self.instances[0] if leader is None else leader
        try:
            instance.run_container_commands(tree, self.properties(settings), leader, spoilt.get("container_command_fails"))
        except CommandFailed as failure:
            instance.deployment |= {"Status": "Failed", "DeploymentTime": now()}
            instance.in_service = True
            self.event("ERROR", f"[Instance: {instance.id}] Command failed on instance. Return code: 1 Output: Engine execution has encountered an "
                                f"error: {failure}.")
            self.event("ERROR", "Instance deployment failed. For details, see 'eb-engine.log'.")
            self._unsuccessful(instance)
            raise Failed(f"Command failed on instance {instance.id}: {failure}.") from failure
        instance.switch(tree, target, self.properties(settings), starts=not spoilt.get("web_does_not_start"))
        instance.deployment |= {"Status": "Deployed", "DeploymentTime": now()}

    def _unsuccessful(self, instance):
        self.event("INFO", "Command execution completed on all instances. Summary: [Successful: 0, Failed: 1].")
        self.event("ERROR", f"Unsuccessful command execution on instance id(s) '{instance.id}'. Aborting the operation.")
        self.event("ERROR", "During an aborted deployment, some instances may have deployed the new application version. To ensure all instances "
                            "are running the same version, re-deploy the appropriate application version.")

    def _wait_for(self, batch, index, names, healthy):
        if healthy:
            self.event("INFO", f"Batch {index}: Registering instance(s) with the load balancer and waiting for them to be healthy.")
        for instance in batch:
            if healthy and not instance.becomes_well(self.health_within, self.abort.is_set) and not self.abort.is_set():
                instance.in_service = True
                self.event("ERROR", f"Batch {index}: Instance(s) {names} did not pass the health checks within the command timeout.")
                self._unsuccessful(instance)
                raise Failed(f"Instance {instance.id} did not become healthy.")
            instance.in_service = True
        if healthy:
            self.event("INFO", f"Batch {index}: Completed application deployment.")

    def _undo(self, before, done):
        """Back to the previous version, on the instances that have the new one; their container commands run again."""
        self.label, self.draft, self.status = before, None, "Aborting"
        self.abort.clear()
        self.deployments += 1
        with contextlib.suppress(Failed):
            for instance in done:
                self.server.beanstalk.balancer.take_out(instance)
                self.server.closing.wait(self.server.delay)
                self._deploy_on(instance, before, self.deployments, self.server.beanstalk.content_of(before), self.settings, {})
                instance.becomes_well(self.health_within, self.server.closing.is_set)
                instance.in_service = True
            self.expected = (self.deployments, before) if len(done) == len(self.instances) else self.expected
        for instance in self.instances:
            instance.in_service = True
        self.event("INFO", "The environment was reverted to the previous configuration setting.")
        self.event("WARN", "Environment update was aborted.")

    def _batches(self, settings):
        """(lists of instances, whether one batch waits for the other)."""
        running = list(self.instances)
        if settings[COMMAND, "DeploymentPolicy"] == "AllAtOnce":
            return [running], False
        size = int(settings[COMMAND, "BatchSize"])
        size = size if settings[COMMAND, "BatchSizeType"] == "Fixed" else max(1, len(running) * size // 100)
        return [running[start:start + size] for start in range(0, len(running), size)], True

    def _scale(self, leader=False):
        """As many instances as MinSize says. A new one is no leader, but at a launch."""
        wanted = int(self.settings[GROUP, "MinSize"])
        for instance in self.instances[wanted:]:
            self.server.beanstalk.balancer.take_out(instance)
            instance.terminate()
            self.event("INFO", f"Removed instance [{instance.id}] from your environment.")
        del self.instances[wanted:]
        if leader or (self.label and len(self.instances) < wanted and not self.deployments):
            self.deployments = 1
        while self.label and len(self.instances) < wanted:
            instance = Instance(self.root, self.process_type)
            self._deploy_on(instance, self.label, self.deployments, self.server.beanstalk.content_of(self.label), self.settings, {},
                            leader=leader and not self.instances)
            instance.in_service = True
            self.instances.append(instance)
            self.event("INFO", f"Added instance [{instance.id}] to your environment.")

    def _pause(self):
        self.abort.wait(self.server.delay)
        if self.abort.is_set():
            raise Aborted
