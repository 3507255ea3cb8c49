"""Heroku Postgres on loopback: add-ons, attachments, backups that are real dumps, restores, forks."""
import os
import pathlib
import secrets
import ssl
import subprocess
import threading
import time
import urllib.request
import uuid

COLOURS = ("RED", "BLUE", "GREEN", "AMBER", "PINK", "WHITE", "NAVY", "OLIVE")
SHAPES = ("round", "flat", "curly", "deep", "angular", "slim", "tidy", "solid")
SERVICE = "heroku-postgresql"


def platform_time():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def data_time():
    return time.strftime("%Y-%m-%d %H:%M:%S +0000", time.gmtime())


class NotFound(Exception):
    """Becomes Heroku's 404."""


class Postgres:
    def __init__(self, server, cluster, root, database, owner):
        self.server, self.cluster, self.root = server, cluster, root
        self.addons, self.attachments, self.transfers = [], [], []
        self.databases = {}       # add-on id: {"database", "role", "password", "ready"}
        self.dumps = {}           # secret of a public URL: file
        self.running = set()      # pg_dump and pg_restore
        self.threads = []
        self.numbers = 0
        self.lock = threading.RLock()
        root.mkdir()
        password = secrets.token_hex(16)
        cluster.sql(f"do $$ begin if not exists (select from pg_roles where rolname = '{owner}') then create role \"{owner}\"; end if; end $$;"
                    f"alter role \"{owner}\" login nosuperuser nocreatedb nocreaterole password '{password}'")
        if database not in cluster.databases():
            cluster.sql(f'create database "{database}" owner "{owner}"')
        addon = self._addon("standard-0", {"database": database, "role": owner, "password": password, "ready": 0})
        self._attach(addon, "DATABASE")

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    # Add-ons and attachments

    def _addon(self, plan, where):
        number = len(self.addons) + 1
        addon = {"id": str(uuid.uuid4()), "name": f"postgresql-{SHAPES[(number - 1) % len(SHAPES)]}-{number}", "state": "provisioned",
                 "addon_service": {"id": str(uuid.uuid4()), "name": SERVICE}, "app": self.server.app_reference(),
                 "plan": {"id": str(uuid.uuid4()), "name": f"{SERVICE}:{plan}", "price": {"cents": 5000, "unit": "month", "contract": False}},
                 "billed_price": {"cents": 5000, "unit": "month", "contract": False}, "config_vars": [], "provider_id": str(uuid.uuid4()),
                 "web_url": None, "actions": [], "created_at": platform_time(), "updated_at": platform_time()}
        self.databases[addon["id"]] = where
        self.addons.append(addon)
        return addon

    def url(self, addon):
        where = self.databases[addon["id"]]
        return f"postgres://{where['role']}:{where['password']}@127.0.0.1:{self.cluster.port}/{where['database']}"

    def addon(self, key):
        for addon in self.addons:
            if key in (addon["id"], addon["name"]) or any(key in (a["name"], a["name"] + "_URL") for a in self._attachments_of(addon)):
                return addon
        raise NotFound("add_on", "Couldn't find that add-on.")

    def _attachments_of(self, addon):
        return [attachment for attachment in self.attachments if attachment["addon"]["id"] == addon["id"]]

    def _called(self, addon):
        names = [attachment["name"] for attachment in self._attachments_of(addon)]
        return "DATABASE" if "DATABASE" in names else names[0]

    def resolve(self, key):
        found = [attachment for attachment in self.attachments if key in (attachment["id"], attachment["name"], attachment["name"] + "_URL")]
        if not found:
            found = [attachment for attachment in self.attachments if key in (attachment["addon"]["id"], attachment["addon"]["name"])]
        if not found:
            raise NotFound("add_on attachment", "Couldn't find that add on attachment.")
        return found

    def free_name(self):
        taken = {attachment["name"] for attachment in self.attachments}
        return next(name for name in (f"HEROKU_POSTGRESQL_{colour}" for colour in COLOURS) if name not in taken)

    def _attach(self, addon, name):
        attachment = self._attachment(addon, name)
        self._set_config(attachment)
        return attachment

    def _attachment(self, addon, name):
        attachment = {"id": str(uuid.uuid4()), "name": name, "namespace": None, "app": self.server.app_reference(), "web_url": None,
                      "addon": {key: addon[key] for key in ("id", "name", "app", "plan")}, "config_vars": [name + "_URL"],
                      "created_at": platform_time(), "updated_at": platform_time()}
        self.attachments.append(attachment)
        addon["config_vars"].append(name + "_URL")
        return attachment

    def _set_config(self, attachment):
        addon = self.addon(attachment["addon"]["id"])
        self.server.change_config({attachment["name"] + "_URL": self.url(addon)}, f"Attach {attachment['name']} (@ref:{addon['name']})")

    def _detach(self, attachment):
        self.attachments.remove(attachment)
        name = attachment["name"]
        self.addon(attachment["addon"]["id"])["config_vars"].remove(name + "_URL")
        self.server.change_config({name + "_URL": None}, f"Detach {name} (@ref:{attachment['addon']['name']})")

    def attach(self, addon, name=None):
        """As Heroku: a name that is taken is detached first; each is a release."""
        with self.lock:
            addon, name = self.addon(addon), name or self.free_name()
            for taken in [attachment for attachment in self.attachments if attachment["name"] == name]:
                self._detach(taken)
            return self._attach(addon, name)

    def create(self, plan, fork=None, name=None):
        """A new database, with a role of its own: attached at once, provisioned in the background, then its config var is set."""
        with self.lock:
            source = self.databases[self.addon(fork)["id"]] if fork else None
            word = secrets.token_hex(6)
            where = {"database": "d" + word, "role": "u" + word, "password": secrets.token_hex(16), "ready": None}
            addon = self._addon(plan, where)
            addon["state"] = "provisioning"
            attachment = self._attachment(addon, name or self.free_name())
            self._start(self._provision, addon, where, source, attachment)
            return {**addon, "provision_message": "Database will become available after it completes forking"
                    if fork else "Database should be available soon"}

    def _provision(self, addon, where, source, attachment):
        self.server.pause(self.server.provisioning_takes)
        if self.server.closing.is_set():
            return
        self.cluster.sql(f"create role {where['role']} login password '{where['password']}'")
        self.cluster.sql(f"create database {where['database']} owner {where['role']}")
        self.cluster.sql(f"alter schema public owner to {where['role']}", where["database"])
        if source:
            dump = self.root / where["database"]
            self._run("pg_dump", "-Fc", "-f", dump, "-d", self.cluster.url(source["database"]))
            self._run("pg_restore", "--no-owner", "--no-acl", "--role", where["role"], "-d", self.cluster.url(where["database"]), dump)
            dump.unlink(missing_ok=True)
        with self.lock:
            if addon in self.addons and not self.server.closing.is_set():
                where["ready"] = time.monotonic()
                addon["state"] = "provisioned"
                self._set_config(attachment)

    def destroy(self, key):
        with self.lock:
            addon = self.addon(key)
            for attachment in self._attachments_of(addon):
                self._detach(attachment)
            self.addons.remove(addon)
            where = self.databases.pop(addon["id"])
        self.drop(where)
        return {**addon, "state": "deprovisioned"}

    def drop(self, where):
        self.cluster.sql(f'drop database if exists "{where["database"]}" with (force)')
        if where["ready"] != 0:     # the first one's role is the test's
            self.cluster.sql(f'drop role if exists "{where["role"]}"')

    # A database

    def ready(self, key):
        addon = self.addon(key)
        if self.databases[addon["id"]]["ready"] is None:
            raise NotFound("database", "Database not found.")
        return addon, self.databases[addon["id"]]

    def info(self, key):
        addon, where = self.ready(key)
        size, tables, sessions, version = self.cluster.sql(
            "select pg_size_pretty(pg_database_size(current_database())), (select count(*) from pg_stat_user_tables), "
            "(select count(*) from pg_stat_activity where datname = current_database()), current_setting('server_version')",
            where["database"]).split("|")
        version = version.split()[0]
        pairs = {"Plan": "Standard 0", "Status": "Available", "Data Size": f"{size} / 64 GB", "Tables": tables, "PG Version": version,
                 "Connections": f"{sessions}/120", "Connection Pooling": "Available", "Credentials": "1", "Fork/Follow": "Available",
                 "Rollback": "Unsupported", "Created": addon["created_at"], "Region": "us", "Data Encryption": "In Use",
                 "Continuous Protection": "On" if self.server.continuous_protection else "Off", "Maintenance": "not required"}
        return {"info": [{"name": name, "values": [value], "resolve_db_name": False} for name, value in pairs.items()],
                "addon_id": addon["id"], "name": addon["name"], "database_name": where["database"], "database_user": where["role"],
                "resource_url": self.url(addon), "following": None, "forked_from": None, "plan": "standard-0", "formation": {"primary": None}}

    def wait_status(self, key):
        addon = self.addon(key)
        waiting = self.databases[addon["id"]]["ready"] is None
        return {"waiting?": waiting, "error?": False, "message": "Provisioning" if waiting else "available"}

    def reset(self, key):
        _, where = self.ready(key)
        schemas = self.cluster.sql("select quote_ident(nspname) from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'",
                                   where["database"]).split()
        self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();"
                         + "".join(f"drop schema {schema} cascade;" for schema in schemas)
                         + f"create schema public authorization {where['role']}; grant usage on schema public to public", where["database"])
        return {"message": "Reset successful."}

    # Transfers: backups and restores

    def _transfer(self, addon, **fields):
        with self.lock:
            self.numbers += 1
            transfer = {"uuid": str(uuid.uuid4()), "num": self.numbers, "options": {}, "source_bytes": 0, "processed_bytes": 0,
                        "succeeded": None, "warnings": 0, "created_at": data_time(), "started_at": None, "finished_at": None,
                        "canceled_at": None, "updated_at": data_time(), "schedule": None, "logs": [], "addon": addon["id"], **fields}
            self.transfers.append(transfer)
            return transfer

    def transfer(self, key):
        for transfer in self.transfers:
            if key in (transfer["uuid"], str(transfer["num"])):
                return transfer
        raise NotFound("transfer", "Transfer not found.")

    def shown(self, transfer, verbose=False):
        return {key: value for key, value in transfer.items() if key not in ("file", "addon") and (verbose or key != "logs")}

    def _log(self, transfer, message):
        transfer["logs"].append({"created_at": data_time(), "level": "info", "message": message})

    def _finish(self, transfer, succeeded):
        with self.lock:
            if not transfer["finished_at"]:
                transfer.update(finished_at=data_time(), updated_at=data_time(), succeeded=succeeded)

    def capture(self, key):
        addon, where = self.ready(key)
        secret = secrets.token_hex(16)
        file = self.root / f"{secret}.dump"
        self.dumps[secret] = file
        transfer = self._transfer(addon, from_type="pg_dump", from_name=self._called(addon), from_url=self.url(addon),
                                  to_type="gof3r", to_name="BACKUP", to_url=self.server.dump_url(secret), file=file)
        self._start(self._capture, transfer, where, file)
        return self.shown(transfer)

    def _capture(self, transfer, where, file):
        self.server.pause(self.server.backup_pends)
        transfer.update(started_at=data_time(), source_bytes=int(self.cluster.sql("select pg_database_size(current_database())", where["database"])))
        self._log(transfer, "pg_dump: starting")
        if self.server.backup_never_ends:
            transfer["processed_bytes"] = 4096
            return
        status, message = self._run("pg_dump", "-Fc", "-f", file, "-d", self.cluster.url(where["database"]), transfer=transfer, growing=file)
        self.server.pause(self.server.backup_takes)
        size = file.stat().st_size if file.exists() else 0
        if status == 0 and self.server.backup_fails_at is not None:
            size, status, message = int(size * self.server.backup_fails_at), 1, "pg_dump: error: server closed the connection unexpectedly"
            os.truncate(file, size)
        transfer["processed_bytes"] = size
        for line in message.splitlines():
            self._log(transfer, line)
        self._log(transfer, "pg_dump: finished" + ("" if status == 0 else " with errors"))
        self._finish(transfer, status == 0)

    def restore(self, key, backup_url):
        addon, where = self.ready(key)
        transfer = self._transfer(addon, from_type="gof3r", from_name="BACKUP", from_url=backup_url, to_type="pg_restore",
                                  to_name=self._called(addon), to_url=self.url(addon))
        self._start(self._restore, transfer, where, backup_url)
        return self.shown(transfer)

    def _restore(self, transfer, where, backup_url):
        transfer.update(started_at=data_time())
        self._log(transfer, "pg_restore: starting")
        self.server.pause(self.server.restore_takes)
        file = next((found for secret, found in self.dumps.items() if secret in backup_url), None)
        fetched = None
        try:
            if file is None:
                file = fetched = self._fetched(backup_url)
            selected = []
            if self.server.restore_fails:     # breaks off half way: what came first is there, the rest is not
                table_of_contents = subprocess.run([self.cluster.bindir / "pg_restore", "-l", file], text=True, capture_output=True).stdout
                lines = [line for line in table_of_contents.splitlines() if not line.startswith(";")]
                half = self.root / f"{transfer['uuid']}.list"
                half.write_text("\n".join(lines[:len(lines) // 2]) + "\n")
                selected = ["-L", half]
            status, message = self._run("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-acl", "--role", where["role"], *selected,
                                        "-d", self.cluster.url(where["database"]), file, transfer=transfer)
        except OSError as error:
            status, message = 1, f"Could not download {backup_url}: {error}"
        if self.server.restore_fails and status == 0:
            status, message = 1, "pg_restore: error: server closed the connection unexpectedly"
        transfer["processed_bytes"] = file.stat().st_size if file and file.exists() else 0
        for line in message.splitlines():
            self._log(transfer, line)
        self._log(transfer, "pg_restore: finished" + ("" if status == 0 else " with errors"))
        if fetched:
            fetched.unlink(missing_ok=True)
        self._finish(transfer, status == 0)

    def _fetched(self, url):
        file = self.root / f"{secrets.token_hex(8)}.fetched"
        with urllib.request.urlopen(url, timeout=30, context=ssl._create_unverified_context()) as source:
            file.write_bytes(source.read())
        return file

    def cancel(self, key):
        transfer = self.transfer(key)
        with self.lock:
            if not transfer["finished_at"]:
                transfer["canceled_at"] = data_time()
                self._log(transfer, "canceled")
                self._finish(transfer, False)
                for process in [process for process in self.running if process.transfer is transfer]:
                    process.kill()
        return self.shown(transfer)

    def delete(self, key):
        with self.lock:
            transfer = self.transfer(key)
            self.transfers.remove(transfer)
            if "file" in transfer:
                pathlib.Path(transfer["file"]).unlink(missing_ok=True)
        return self.shown(transfer)

    def _run(self, program, *arguments, transfer=None, growing=None):
        """Runs a PostgreSQL program; returns its status and what it said."""
        errors = self.root / f"{secrets.token_hex(8)}.err"
        with open(errors, "w") as stderr:
            process = subprocess.Popen([self.cluster.bindir / program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=stderr)
        process.transfer = transfer
        self.running.add(process)
        while process.poll() is None:
            if growing and growing.exists():
                transfer["processed_bytes"] = growing.stat().st_size
            time.sleep(0.02)
        self.running.discard(process)
        message = errors.read_text()
        errors.unlink()
        return process.returncode, message

    def close(self):
        while any(thread.is_alive() for thread in self.threads):
            for process in list(self.running):
                process.kill()
            time.sleep(0.02)
        for where in self.databases.values():
            if where["ready"] != 0:
                self.drop(where)
