"""What Elastic Beanstalk answers: versions of an application, environments that run them."""
import io
import shutil
import subprocess
import threading
import zipfile

from aws_environment import GROUP, PROPERTIES, Environment
from aws_instances import Balancer
from aws_protocol import ACCOUNT, REGION, AwsError, instant, now

SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]


class Beanstalk:
    def __init__(self, server, root, environment, instances):
        self.server, self.root = server, root / "beanstalk"
        self.created, self.versions = now(), {}
        where = server.rds.first
        self.properties = {"DATABASE_NAME": server.database, "DATABASE_USER": server.owner, "DATABASE_PASSWORD": server.password,
                           "DATABASE_HOST": where.address, "DATABASE_PORT": str(where.port)}
        self.web = Environment(server, self.root, environment, "web", instances, self.properties)
        self.environments = {environment: self.web}
        self.balancer = Balancer(lambda: list(self.web.instances))
        self.actions = {
            "DescribeApplications": self.describe_applications, "CreateApplicationVersion": self.create_application_version,
            "DescribeApplicationVersions": self.describe_application_versions, "DeleteApplicationVersion": self.delete_application_version,
            "DescribeEnvironments": self.describe_environments, "DescribeConfigurationSettings": self.describe_configuration_settings,
            "UpdateEnvironment": self.update_environment, "AbortEnvironmentUpdate": self.abort_environment_update,
            "DescribeEvents": self.describe_events, "DescribeInstancesHealth": self.describe_instances_health,
            "DescribeEnvironmentHealth": self.describe_environment_health, "CreateStorageLocation": lambda: {"S3Bucket": server.s3.bucket}}

    def add_worker(self, name, instances=1):
        """An environment that runs the Procfile's `worker:`; before launch()."""
        self.environments[name] = Environment(self.server, self.root, name, "worker", instances, self.properties)
        return self.environments[name]

    def add_version(self, label, tree, commit):
        key = f"{self.server.application}/{label}.zip"
        bundle = subprocess.run(["git", "archive", "--format=zip", commit], cwd=tree, check=True, capture_output=True).stdout
        self.server.s3.objects[key] = (bundle, now(), '"launched"')
        self.versions[label] = self._version(label, "Made by hand", key, "Processed")

    def content_of(self, label):
        return self.server.s3.objects[self.versions[label]["SourceBundle"]["S3Key"]][0]

    def close(self):
        self.balancer.close()
        for environment in self.environments.values():
            environment.close()
        shutil.rmtree(self.root, ignore_errors=True)

    # ---- applications and versions

    def describe_applications(self, ApplicationNames=None):
        name = self.server.application
        found = [] if ApplicationNames and name not in ApplicationNames else [
            {"ApplicationArn": f"arn:aws:elasticbeanstalk:{REGION}:{ACCOUNT}:application/{name}", "ApplicationName": name,
             "DateCreated": self.created, "DateUpdated": self.created, "Versions": list(reversed(self.versions)), "ConfigurationTemplates": []}]
        return {"Applications": found}

    def _version(self, label, description, key, status):
        application = self.server.application
        return {"ApplicationVersionArn": f"arn:aws:elasticbeanstalk:{REGION}:{ACCOUNT}:applicationversion/{application}/{label}",
                "ApplicationName": application, "Description": description, "VersionLabel": label,
                "SourceBundle": {"S3Bucket": self.server.s3.bucket, "S3Key": key}, "DateCreated": now(), "DateUpdated": now(), "Status": status}

    def create_application_version(self, ApplicationName, VersionLabel, SourceBundle, Description="", Process="false", AutoCreateApplication="false"):
        self._must_be_ours(ApplicationName)
        bucket, key = SourceBundle["S3Bucket"], SourceBundle["S3Key"]
        if bucket != self.server.s3.bucket or key not in self.server.s3.objects:
            raise AwsError("InvalidParameterValue", f"Unable to download from S3 location (Bucket: {bucket}  Key: {key}). Reason: Not Found")
        with self.server.lock:
            if VersionLabel in self.versions:
                raise AwsError("InvalidParameterValue", f"Application Version {VersionLabel} already exists.")
            version = self.versions[VersionLabel] = self._version(VersionLabel, Description, key, "Processing" if Process == "true" else "Unprocessed")
        if Process == "true":
            threading.Timer(self.server.delay, self._process, [version]).start()
        return {"ApplicationVersion": dict(version)}

    def _process(self, version):
        whole = zipfile.is_zipfile(io.BytesIO(self.content_of(version["VersionLabel"])))
        version.update(Status="Processed" if whole else "Failed", DateUpdated=now())

    def describe_application_versions(self, ApplicationName=None, VersionLabels=None, MaxRecords=None):
        found = [version for version in reversed(list(self.versions.values())) if not VersionLabels or version["VersionLabel"] in VersionLabels]
        return {"ApplicationVersions": found if ApplicationName in (None, self.server.application) else []}

    def delete_application_version(self, ApplicationName, VersionLabel, DeleteSourceBundle="false"):
        self._must_be_ours(ApplicationName)
        if any(VersionLabel == environment.label for environment in self.environments.values()):
            raise AwsError("SourceBundleDeletionFailure", f"Unable to delete application version {VersionLabel} because it is deployed to an environment.")
        self.versions.pop(VersionLabel, None)

    def _must_be_ours(self, application):
        if application != self.server.application:
            raise AwsError("InvalidParameterValue", f"No Application named '{application}' found.")

    # ---- environments

    def _environment(self, name, identity=None):
        for environment in self.environments.values():
            if name == environment.name or (name is None and identity == environment.id):
                return environment
        raise AwsError("InvalidParameterValue", f"No Environment found for EnvironmentName = '{name}'.")

    def describe_environments(self, ApplicationName=None, EnvironmentNames=None, EnvironmentIds=None, VersionLabel=None, IncludeDeleted="false"):
        chosen = [one for one in self.environments.values()
                  if ApplicationName in (None, self.server.application) and (not EnvironmentNames or one.name in EnvironmentNames)
                  and (not EnvironmentIds or one.id in EnvironmentIds) and VersionLabel in (None, one.label)]
        return {"Environments": [environment.describe() for environment in chosen]}

    def describe_configuration_settings(self, ApplicationName, EnvironmentName):
        """While an update goes on, and after it failed, there are two sets: the deployed one and the draft."""
        self._must_be_ours(ApplicationName)
        environment = self._environment(EnvironmentName)
        sets = [(environment.settings, "deployed")] + ([environment.draft] if environment.draft else [])
        return {"ConfigurationSettings": [
            {"SolutionStackName": environment.describe()["SolutionStackName"], "ApplicationName": ApplicationName, "EnvironmentName": EnvironmentName,
             "DeploymentStatus": status, "DateCreated": environment.created, "DateUpdated": environment.updated,
             "OptionSettings": [{"Namespace": namespace, "OptionName": name, "Value": value, "ResourceName": "AWSEBAutoScalingGroup" if namespace == GROUP else None}
                                for (namespace, name), value in sorted(settings.items())]}
            for settings, status in sets]}

    def update_environment(self, EnvironmentName=None, EnvironmentId=None, ApplicationName=None, VersionLabel=None, OptionSettings=(),
                           OptionsToRemove=()):
        environment = self._environment(EnvironmentName, EnvironmentId)
        if ApplicationName:
            self._must_be_ours(ApplicationName)
        with self.server.lock:
            environment.must_be_ready()
            if VersionLabel and VersionLabel not in self.versions:
                raise AwsError("InvalidParameterValue", f"No Application Version named '{VersionLabel}' found.")
            if VersionLabel and self.versions[VersionLabel]["Status"] not in ("Processed", "Unprocessed"):
                raise AwsError("InvalidParameterValue", f"Application version {VersionLabel} is unusable and cannot be used with an environment.")
            settings = dict(environment.settings)
            for option in OptionsToRemove or ():
                settings.pop((option["Namespace"], option["OptionName"]), None)
            known = {namespace for namespace, _ in environment.settings} | {PROPERTIES}
            for option in OptionSettings or ():
                if option["Namespace"] not in known:
                    raise AwsError("ConfigurationValidationException", f"Configuration validation exception: Invalid option specification (Namespace: "
                                   f"'{option['Namespace']}', OptionName: '{option['OptionName']}'): Unknown configuration setting.")
                settings[option["Namespace"], option["OptionName"]] = option.get("Value", "")
            if int(settings[GROUP, "MinSize"]) > int(settings[GROUP, "MaxSize"]):
                raise AwsError("ConfigurationValidationException", "Configuration validation exception: MinSize must be less than or equal to MaxSize.")
            environment.start(VersionLabel, settings)
        return environment.describe()

    def abort_environment_update(self, EnvironmentName=None, EnvironmentId=None):
        with self.server.lock:
            self._environment(EnvironmentName, EnvironmentId).stop_updating()

    def describe_events(self, ApplicationName=None, EnvironmentName=None, EnvironmentId=None, Severity="TRACE", StartTime=None, EndTime=None,
                        MaxRecords="1000", RequestId=None):
        """The newest first; of this severity and above."""
        found = [event for environment in self.environments.values() for event in list(environment.events)
                 if EnvironmentName in (None, environment.name) and EnvironmentId in (None, environment.id)
                 and SEVERITIES.index(event["Severity"]) >= SEVERITIES.index(Severity)
                 and (StartTime is None or event["EventDate"] >= instant(StartTime)) and (EndTime is None or event["EventDate"] < instant(EndTime))]
        found.sort(key=lambda event: event["EventDate"], reverse=True)
        return {"Events": found[:int(MaxRecords)]}

    def describe_instances_health(self, EnvironmentName=None, EnvironmentId=None, AttributeNames=()):
        environment = self._environment(EnvironmentName, EnvironmentId)
        found = [environment.instance_health(instance) for instance in list(environment.instances)]
        if "All" not in AttributeNames:
            found = [{name: value for name, value in one.items() if name == "InstanceId" or name in AttributeNames} for one in found]
        return {"InstanceHealthList": found, "RefreshedAt": now()}

    def describe_environment_health(self, EnvironmentName=None, EnvironmentId=None, AttributeNames=()):
        environment = self._environment(EnvironmentName, EnvironmentId)
        color, health = environment.health()
        return {"EnvironmentName": environment.name, "HealthStatus": health, "Status": environment.status, "Color": color,
                "Causes": environment.causes(), "RefreshedAt": now()}
