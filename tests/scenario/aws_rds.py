"""What RDS answers, over real PostgreSQL servers: a snapshot is a pg_basebackup, a restored instance a server on another loopback
address with the same port, so that DATABASE_HOST alone says where it is."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

from aws_protocol import ACCOUNT, REGION, AwsError, now

AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []


class Database:
    """A DB instance. One in the wrong security groups is not reached: its server listens nowhere."""

    def __init__(self, identifier, address, port, data, groups, parameters, subnets="default"):
        self.identifier, self.address, self.port, self.data = identifier, address, port, data
        self.groups, self.parameters, self.subnets = groups, parameters, subnets
        self.status, self.created, self.tags, self.protected = "creating", now(), {}, False


class Snapshot:
    def __init__(self, identifier, source, data):
        self.identifier, self.source, self.data = identifier, source.identifier, data
        self.status, self.percent, self.taken, self.tags, self.of = "creating", 0, now(), {}, source.created


class Rds:
    groups = ["sg-0shop"]  # what lets the application in

    def __init__(self, server, cluster, identifier, asks_for_password):
        self.server, self.cluster = server, cluster
        # As Cluster's: the user postgres gets in, and paths of sockets stay short.
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lg-rds-", dir="/tmp"))
        if AS_POSTGRES:
            shutil.chown(self.root, "postgres", "postgres")
        self.first = Database(identifier, "127.0.0.1", cluster.port, cluster.data, list(self.groups), "shop-parameters", "shop-subnets")
        self.first.status = "available"
        self.instances, self.snapshots = {identifier: self.first}, {}
        self.version = cluster.sql("show server_version").split()[0]
        self._addresses, self._threads, self._access = 1, [], None
        if asks_for_password:
            self._ask_for_password()
        self.actions = {
            "DescribeDBInstances": self.describe_db_instances, "ModifyDBInstance": self.modify_db_instance, "DeleteDBInstance": self.delete_db_instance,
            "CreateDBSnapshot": self.create_db_snapshot, "DescribeDBSnapshots": self.describe_db_snapshots, "DeleteDBSnapshot": self.delete_db_snapshot,
            "RestoreDBInstanceFromDBSnapshot": self.restore_db_instance_from_db_snapshot,
            "AddTagsToResource": self.add_tags_to_resource, "ListTagsForResource": self.list_tags_for_resource}

    def close(self):
        """The servers restored here are gone; the first one is as it was found."""
        for thread in self._threads:
            thread.join(60)
        for database in self.instances.values():
            if database is not self.first:
                self._stop(database)
        if self._access is not None:
            (self.cluster.data / "pg_hba.conf").write_text(self._access)
        if self.first.status == "deleted":
            self.cluster.start()
        elif self._access is not None:
            self.cluster.sql("select pg_reload_conf()")
        shutil.rmtree(self.root, ignore_errors=True)

    # ---- PostgreSQL

    def _run(self, program, *arguments):
        return subprocess.run([*AS_POSTGRES, self.cluster.bindir / program, *map(str, arguments)], cwd=self.root, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def _start(self, database):
        address = database.address if set(database.groups) & set(self.groups) else ""
        # On the command line they win over whatever ALTER SYSTEM left in the data directory.
        options = f"-c listen_addresses={address or chr(39) * 2} -c port={database.port} -c unix_socket_directories={database.data.parent} -c archive_mode=off"
        done = self._run("pg_ctl", "-D", database.data, "-l", database.data.parent / "log", "-w", "-t", 60, "-o", options, "start")
        if done.returncode:
            raise RuntimeError((database.data.parent / "log").read_text()[-2000:])

    def _stop(self, database):
        self._run("pg_ctl", "-D", database.data, "-m", "immediate", "-w", "stop")

    def sql(self, database, statements, name="postgres"):
        """As superuser, in one of the servers."""
        socket = self.cluster.root if database is self.first else database.data.parent
        done = subprocess.run([self.cluster.bindir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", socket, "-p", str(database.port),
                               "-U", "postgres", "-d", name], input=statements, text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.rstrip("\n")

    def _ask_for_password(self):
        file = self.cluster.data / "pg_hba.conf"
        self._access = file.read_text()
        file.write_text(f"host all {self.server.owner} 127.0.0.0/8 scram-sha-256\n{self._access}")
        self._set_password(self.first, self.server.password)
        self.cluster.sql("select pg_reload_conf()")

    def _set_password(self, database, password):
        quoted = password.replace("'", "''")
        self.sql(database, f"set log_statement = none; alter role \"{self.server.owner}\" password '{quoted}'")

    # ---- what is described

    def _arn(self, kind, name):
        return f"arn:aws:rds:{REGION}:{ACCOUNT}:{kind}:{name}"

    @staticmethod
    def _tags(tags):
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    def _describe(self, database):
        endpoint = {"Address": database.address, "Port": database.port} if database.status not in ("creating", "incompatible-restore") else None
        return {"DBInstanceIdentifier": database.identifier, "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "DBInstanceStatus": database.status,
                "MasterUsername": self.server.owner, "DBName": self.server.database, "Endpoint": endpoint, "AllocatedStorage": 20,
                "InstanceCreateTime": database.created, "BackupRetentionPeriod": 7,
                "VpcSecurityGroups": [{"VpcSecurityGroupId": group, "Status": "active"} for group in database.groups],
                "DBParameterGroups": [{"DBParameterGroupName": database.parameters, "ParameterApplyStatus": "in-sync"}],
                "DBSubnetGroup": {"DBSubnetGroupName": database.subnets, "DBSubnetGroupDescription": database.subnets, "VpcId": "vpc-0shop",
                                  "SubnetGroupStatus": "Complete"},
                "MultiAZ": False, "EngineVersion": self.version, "AutoMinorVersionUpgrade": True, "PubliclyAccessible": False, "StorageType": "gp2",
                "StorageEncrypted": False, "DeletionProtection": database.protected, "DBInstanceArn": self._arn("db", database.identifier),
                "TagList": self._tags(database.tags)}

    def _describe_snapshot(self, snapshot):
        return {"DBSnapshotIdentifier": snapshot.identifier, "DBInstanceIdentifier": snapshot.source, "SnapshotCreateTime": snapshot.taken,
                "Engine": "postgres", "AllocatedStorage": 20, "Status": snapshot.status, "Port": self.first.port, "VpcId": "vpc-0shop",
                "InstanceCreateTime": snapshot.of, "MasterUsername": self.server.owner, "EngineVersion": self.version, "LicenseModel": "postgresql-license",
                "SnapshotType": "manual", "PercentProgress": snapshot.percent, "StorageType": "gp2", "Encrypted": False,
                "DBSnapshotArn": self._arn("snapshot", snapshot.identifier), "TagList": self._tags(snapshot.tags)}

    def _instance(self, identifier):
        if identifier not in self.instances:
            raise AwsError("DBInstanceNotFound", f"DBInstance {identifier} not found.", 404)
        return self.instances[identifier]

    def _snapshot(self, identifier):
        if identifier not in self.snapshots:
            raise AwsError("DBSnapshotNotFound", f"DBSnapshot not found: {identifier}", 404)
        return self.snapshots[identifier]

    def describe_db_instances(self, DBInstanceIdentifier=None, MaxRecords=None):
        found = [self._instance(DBInstanceIdentifier)] if DBInstanceIdentifier else list(self.instances.values())
        return {"DBInstances": [self._describe(database) for database in found]}

    def describe_db_snapshots(self, DBInstanceIdentifier=None, DBSnapshotIdentifier=None, SnapshotType=None, MaxRecords=None):
        found = [self._snapshot(DBSnapshotIdentifier)] if DBSnapshotIdentifier else list(self.snapshots.values())
        return {"DBSnapshots": [self._describe_snapshot(snapshot) for snapshot in found
                                if DBInstanceIdentifier in (None, snapshot.source) and SnapshotType in (None, "manual")]}

    # ---- what is changed

    def _background(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _pause(self):
        """Whether to go on."""
        return not self.server.closing.wait(self.server.delay)

    def create_db_snapshot(self, DBSnapshotIdentifier, DBInstanceIdentifier, Tags=()):
        with self.server.lock:
            database = self._instance(DBInstanceIdentifier)
            if DBSnapshotIdentifier in self.snapshots:
                raise AwsError("DBSnapshotAlreadyExists", f"Cannot create the snapshot because a snapshot with the identifier {DBSnapshotIdentifier} already exists.")
            if database.status != "available":
                raise AwsError("InvalidDBInstanceState", f"Instance {DBInstanceIdentifier} is not currently in the available state.")
            snapshot = Snapshot(DBSnapshotIdentifier, database, self.root / f"snapshot-{DBSnapshotIdentifier}" / "data")
            snapshot.tags = {tag["Key"]: tag.get("Value", "") for tag in Tags or ()}
            self.snapshots[DBSnapshotIdentifier], database.status = snapshot, "backing-up"
        self._background(self._take, database, snapshot, self.server.take("snapshot_fails"), self.server.take("snapshot_never_ends"))
        return {"DBSnapshot": self._describe_snapshot(snapshot)}

    def _take(self, database, snapshot, fails, never_ends):
        snapshot.data.parent.mkdir()
        if AS_POSTGRES:
            shutil.chown(snapshot.data.parent, "postgres", "postgres")
        socket = self.cluster.root if database is self.first else database.data.parent
        done = self._run("pg_basebackup", "-h", socket, "-p", database.port, "-U", "postgres", "-D", snapshot.data, "-c", "fast", "-X", "fetch", "--no-sync")
        snapshot.percent = 50
        going = self._pause()
        while never_ends and going and snapshot.identifier in self.snapshots:
            going = self._pause()
        if fails or done.returncode:
            snapshot.percent = 90
            self._pause()
            snapshot.status = "failed"
        else:
            snapshot.status, snapshot.percent = "available", 100
        if database.status == "backing-up":
            database.status = "available"

    def delete_db_snapshot(self, DBSnapshotIdentifier):
        snapshot = self._snapshot(DBSnapshotIdentifier)
        if snapshot.status == "creating" and snapshot.percent < 50:
            raise AwsError("InvalidDBSnapshotState", f"Cannot delete the snapshot because it is not in a valid state: {snapshot.status}")
        del self.snapshots[DBSnapshotIdentifier]
        shutil.rmtree(snapshot.data.parent, ignore_errors=True)
        return {"DBSnapshot": {**self._describe_snapshot(snapshot), "Status": "deleted"}}

    def restore_db_instance_from_db_snapshot(self, DBInstanceIdentifier, DBSnapshotIdentifier, DBSubnetGroupName="default", VpcSecurityGroupIds=None,
                                             DBParameterGroupName=None, DBInstanceClass=None, MultiAZ=None, PubliclyAccessible=None,
                                             DeletionProtection="false", Tags=(), CopyTagsToSnapshot=None, AutoMinorVersionUpgrade=None, StorageType=None):
        """As on AWS, groups that are not named are the default ones, in which the application does not reach it."""
        with self.server.lock:
            snapshot = self._snapshot(DBSnapshotIdentifier)
            if DBInstanceIdentifier in self.instances:
                raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
            if snapshot.status != "available":
                raise AwsError("InvalidDBSnapshotState", f"Cannot restore from DBSnapshot {DBSnapshotIdentifier} because it is not in the available state.")
            self._addresses += 1
            database = Database(DBInstanceIdentifier, f"127.0.0.{self._addresses}", self.first.port, self.root / f"db-{DBInstanceIdentifier}" / "data",
                                VpcSecurityGroupIds or ["sg-default"],
                                DBParameterGroupName or f"default.postgres{self.version.split('.')[0]}", DBSubnetGroupName)
            database.protected = DeletionProtection == "true"
            database.tags = {tag["Key"]: tag.get("Value", "") for tag in Tags or ()}
            self.instances[DBInstanceIdentifier] = database
        self._background(self._restore, database, snapshot, self.server.take("restore_fails"))
        return {"DBInstance": self._describe(database)}

    def _restore(self, database, snapshot, fails):
        shutil.copytree(snapshot.data.parent, database.data.parent, symlinks=True)
        if AS_POSTGRES:
            subprocess.run(["chown", "-R", "postgres:postgres", database.data.parent], check=True)
        if not self._pause():
            return
        if fails:
            database.status = "incompatible-restore"
            return
        self._start(database)
        for status in ("modifying", "available"):
            database.status = status
            self._pause()

    def modify_db_instance(self, DBInstanceIdentifier, MasterUserPassword=None, VpcSecurityGroupIds=None, DBParameterGroupName=None,
                           DeletionProtection=None, ApplyImmediately="false", BackupRetentionPeriod=None):
        database = self._instance(DBInstanceIdentifier)
        if database.status != "available":
            raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
        database.parameters = DBParameterGroupName or database.parameters
        database.protected = database.protected if DeletionProtection is None else DeletionProtection == "true"
        before = self._describe(database)
        database.status = "modifying"
        self._background(self._modify, database, MasterUserPassword, VpcSecurityGroupIds)
        return {"DBInstance": {**before, "PendingModifiedValues": {"MasterUserPassword": "****" if MasterUserPassword else None}}}

    def _modify(self, database, password, groups):
        if password:
            self._set_password(database, password)
        if groups and groups != database.groups:
            database.groups = groups
            if database is not self.first:
                self._run("pg_ctl", "-D", database.data, "-m", "fast", "-w", "stop")
                self._start(database)
        self._pause()
        database.status = "available"

    def delete_db_instance(self, DBInstanceIdentifier, SkipFinalSnapshot="false", FinalDBSnapshotIdentifier=None, DeleteAutomatedBackups="true"):
        database = self._instance(DBInstanceIdentifier)
        if SkipFinalSnapshot != "true" and not FinalDBSnapshotIdentifier:
            raise AwsError("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
        if FinalDBSnapshotIdentifier:
            raise AwsError("NotImplementedHere", "A final snapshot is not implemented here", 501)
        if database.protected:
            raise AwsError("InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again.")
        if database.status == "deleting":
            raise AwsError("InvalidDBInstanceState", f"Instance {DBInstanceIdentifier} is already being deleted.")
        database.status = "deleting"
        self._background(self._delete, database)
        return {"DBInstance": self._describe(database)}

    def _delete(self, database):
        self._pause()
        self._stop(database)
        database.status = "deleted"
        self.instances.pop(database.identifier)
        if database is not self.first:
            shutil.rmtree(database.data.parent, ignore_errors=True)

    # ---- tags

    def _tagged(self, arn):
        kind, name = arn.split(":")[5:7]
        return (self._snapshot(name) if kind == "snapshot" else self._instance(name)).tags

    def add_tags_to_resource(self, ResourceName, Tags):
        self._tagged(ResourceName).update({tag["Key"]: tag.get("Value", "") for tag in Tags})

    def list_tags_for_resource(self, ResourceName):
        return {"TagList": self._tags(self._tagged(ResourceName))}
