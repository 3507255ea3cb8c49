"""A Heroku on loopback: Platform API, Data API, git, dynos, router and Postgres for one app, so that the real `heroku` program runs.

    server = HerokuServer(cluster, root)          # the app "shop", its database in the cluster
    self.addCleanup(server.close)
    subprocess.run([HEROKU, "ps", "--app", "shop"], env={**os.environ, **server.environment})

What it keeps is there to look at: .config .releases .transfers .formation .maintenance .addons .requests .answers.
What goes wrong is said by the test: server.fault("GET /apps/shop/dynos", status=503, times=2), or a switch: server.build_fails = True.
"""
import base64
import contextlib
import json
import pathlib
import re
import secrets
import shutil
import ssl
import subprocess
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler

from heroku_dynos import Dyno, Dynos, Listener, Rendezvous, Router, procfile
from heroku_git import Git
from heroku_postgres import NotFound, Postgres, platform_time

HEROKU = pathlib.Path(__file__).resolve().parents[1] / "support/tools/node_modules/.bin/heroku"
ERRORS = {400: ("bad_request", "Request invalid, validate usage and try again."), 401: ("unauthorized", "Invalid credentials provided."),
          403: ("forbidden", "You do not have access to the app shop."), 404: ("not_found", "Couldn't find that app."),
          429: ("rate_limit", "Your account reached the API rate limit. Please wait a few minutes before making new requests."),
          503: ("service_unavailable", "Heroku API is temporarily unavailable.")}
FORBIDDEN = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'


def error_body(status):
    name, message = ERRORS.get(status, ("internal_server_error", "Internal server error."))
    return {"id": name, "message": message}


class Fault:
    """What answers instead: a status, or nothing ("never"), or a connection that ends ("drop")."""

    def __init__(self, pattern, status, headers, body, times, after, answer):
        self.pattern, self.status, self.headers, self.times, self.after, self.answer = re.compile(pattern), status, headers or {}, times, after, answer
        self.body = error_body(status) if body is None else body


class HerokuServer:
    # Switches of what goes wrong
    backup_fails_at = None         # 0.9: breaks off there, the transfer has failed
    backup_never_ends = False
    restore_fails = False          # breaks off half way
    download_cut = download_html = download_forbidden = False
    build_fails = False
    release_fails = False          # True: before the command did anything; "after": when it has done its work
    release_never_ends = False
    dyno_dies = False              # a one-off dyno's connection ends without an exit code
    web_does_not_start = False
    # How long things take, in seconds
    provisioning_takes = 1.0
    backup_pends = 0.0
    backup_takes = 0.0
    restore_takes = 0.0
    poll_waits = 1.0               # a question for a transfer or a release is answered when that has ended, or after this long: polls take seconds
    dynos_stop_after = 0.0         # between a process leaving the list and its SIGTERM
    continuous_protection = True   # as on standard plans: `pg:backups:capture` warns

    def __init__(self, cluster, root, app="shop", database="shop", owner="shop_owner"):
        self.app, self.app_id, self.api_key, self.email = app, str(uuid.uuid4()), str(uuid.uuid4()), "deploy@example.com"
        self.user_id, self.created_at = str(uuid.uuid4()), platform_time()
        self.root = pathlib.Path(root) / f"heroku-{secrets.token_hex(4)}"
        self.root.mkdir()
        (self.root / "logs").mkdir()
        (self.root / "home").mkdir()
        self.lock, self.closing = threading.RLock(), threading.Event()
        self.config, self.releases, self.slugs, self.requests, self.faults = {}, [], {}, [], []
        self.configs, self.busy, self.maintenance, self.one_offs = {}, 0, False, 0
        self.formation = {"web": {"quantity": 1, "size": "Standard-1X"}, "worker": {"quantity": 1, "size": "Standard-1X"}}
        self._certificates()
        self.dynos = Dynos(self)
        self.release("Initial release")
        self.release("Enable Logplex")
        self.https = self._listen(tls=True)
        self.postgres = Postgres(self, cluster, self.root / "postgres", database, owner)
        self.git = Git(self, self.root)
        self.router = Router(self)
        self.rendezvous = Rendezvous(self, self.root / "server.pem", self.root / "server.key")
        self.http = self._listen()
        self.port = self.http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.git_url, self.app_url, self.answers = f"{self.url}/{app}.git", self.router.url, self.router.answers
        home = str(self.root / "home")
        self.environment = {"HEROKU_HOST": self.url, "HEROKU_DATA_HOST": "127.0.0.1", "HEROKU_API_KEY": self.api_key,
                            "HEROKU_PARTICLEBOARD_URL": self.url, "HEROKU_DISABLE_AUTOUPDATE": "1", "DISABLE_TELEMETRY": "true",
                            "HEROKU_SKIP_NEW_VERSION_CHECK": "1", "NO_COLOR": "1", "NODE_EXTRA_CA_CERTS": str(self.root / "ca.pem"),
                            "HOME": home, "GIT_CONFIG_GLOBAL": home + "/gitconfig",     # `heroku` writes there; with /dev/null, as root, it replaces the device
                            "XDG_CACHE_HOME": home + "/cache", "XDG_CONFIG_HOME": home + "/config", "XDG_DATA_HOME": home + "/data"}

    addons = property(lambda self: self.postgres.addons)
    transfers = property(lambda self: self.postgres.transfers)
    authenticated_git_url = property(lambda self: self.git_url.replace("://", f"://heroku:{self.api_key}@"))

    def _certificates(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.root, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        (self.root / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("req", "-x509", *key, "-days", "30", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Heroku on loopback",
                "-addext", "basicConstraints=critical,CA:TRUE")
        openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-out", "server.pem",
                "-extfile", "names")

    def _listen(self, tls=False):
        handler = type("Handler", (Handler,), {"heroku": self})
        listener = Listener(("127.0.0.1", 0), handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.root / "server.pem", self.root / "server.key")
            listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
        return listener

    def dump_url(self, secret):
        return f"https://127.0.0.1:{self.https.server_address[1]}/dumps/{secret}"

    def app_reference(self):
        return {"id": self.app_id, "name": self.app}

    def pause(self, seconds):
        self.closing.wait(seconds)

    def fault(self, pattern, status=503, headers=None, body=None, times=1, after=0, answer=None):
        """Answers requests whose "METHOD /path?query" matches: the first `after` are let through, then `times` (None: all) are not.
        `answer`: "never" answers nothing, "drop" ends the connection. `body`: a dict or text; default is Heroku's for that status."""
        found = Fault(pattern, status, headers, body, times, after, answer)
        self.faults.append(found)
        return found

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def close(self):
        self.closing.set()
        self.dynos.close()
        for listener in (self.http, self.https):
            listener.shutdown()
            listener.server_close()
        self.rendezvous.close()
        self.router.close()
        with contextlib.suppress(AssertionError):
            self.settled(5)
        self.dynos.close()
        self.postgres.close()
        shutil.rmtree(self.root, ignore_errors=True)

    # Releases

    @property
    def current(self):
        return next((release for release in reversed(self.releases) if release["current"]), None)

    def config_of(self, release):
        return self.configs[release["id"]]

    def settled(self, within=30.0):
        """Waits until no release is pending and the processes are those of the current one."""
        deadline = time.monotonic() + within
        while self.busy or any(dyno.state == "starting" for dyno in self.dynos.running):
            if time.monotonic() > deadline:
                raise AssertionError(f"the app has not settled within {within} s")
            time.sleep(0.02)

    def output_of(self, version):
        """What the release phase printed."""
        path = self.root / "logs" / f"release.{version}.log"
        return path.read_text() if path.exists() else ""

    def log_of(self, name):
        path = self.root / "logs" / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def release(self, description, slug=None):
        """Makes a release of a slug (or the current one) with the config vars; its release phase runs in the background."""
        with self.lock:
            current = self.current
            slug = slug or (current["slug"]["id"] if current and current["slug"] else None)
            command = self.slugs[slug]["process_types"].get("release") if slug else None
            release = {"addon_plan_names": [addon["plan"]["name"] for addon in self.addons] if self.releases[2:] else [],
                       "app": self.app_reference(), "created_at": platform_time(), "current": False, "description": description,
                       "eligible_for_rollback": False, "id": str(uuid.uuid4()), "output_stream_url": None,
                       "slug": {"id": slug} if slug else None, "status": "pending", "updated_at": platform_time(),
                       "user": {"email": self.email, "id": self.user_id}, "version": len(self.releases) + 1}
            self.configs[release["id"]] = dict(self.config)
            self.releases.append(release)
            self.busy += 1
            if not command:
                self._becomes_current(release)
        threading.Thread(target=self._phase, args=(release, command), daemon=True).start()
        return release

    def _becomes_current(self, release):
        with self.lock:
            release.update(status="succeeded", eligible_for_rollback=release["slug"] is not None, updated_at=platform_time())
            newer = self.current is not None and self.current["version"] > release["version"]
            if not newer:
                for other in self.releases:
                    other["current"] = other is release
            return not newer

    def _phase(self, release, command):
        try:
            if command:
                really = {False: command, True: "echo 'the release fails' && exit 1", "after": f"{command} && exit 1"}[self.release_fails]
                really = "exec sleep infinity" if self.release_never_ends else really
                dyno = self.dynos.start_once(Dyno(self, f"release.{release['version']}", command, release, really=really))
                status = dyno.process.wait()
                dyno.stop()
                if status != 0:
                    release.update(status="failed", updated_at=platform_time())
                    return
                if not self._becomes_current(release):
                    return
            if release["slug"] and not self.closing.is_set():
                self.dynos.arrange(restart=True)
        finally:
            with self.lock:
                self.busy -= 1

    def deploy(self, commit, directory):
        """A pushed and built commit is released."""
        slug = str(uuid.uuid4())
        directory = pathlib.Path(directory)
        self.slugs[slug] = {"commit": commit, "directory": directory, "process_types": procfile(directory), "created_at": platform_time()}
        return self.release(f"Deploy {commit[:8]}", slug)

    def change_config(self, changes, description):
        with self.lock:
            self.config.update(changes)
            for name in [name for name, value in self.config.items() if value is None]:
                del self.config[name]
            return self.release(description)

    def set_config(self, changes):
        changes = {name: value if value is None else str(value) for name, value in changes.items()}
        different = {name: value for name, value in changes.items() if self.config.get(name) != value}
        if different:
            put = [name for name, value in different.items() if value is not None]
            gone = [name for name, value in different.items() if value is None]
            self.change_config(different, " and ".join(f"{verb} {', '.join(names)} config vars" for verb, names in (("Set", put), ("Unset", gone)) if names))
        return self.config

    def ended(self, transfer_or_release, end):
        """What was asked for, a moment later if it has not ended yet."""
        deadline = time.monotonic() + self.poll_waits
        while not end(transfer_or_release) and time.monotonic() < deadline and not self.closing.is_set():
            time.sleep(0.02)
        return transfer_or_release

    def find_release(self, key):
        for release in self.releases:
            if key in (release["id"], str(release["version"]), f"v{release['version']}"):
                return release
        raise NotFound("release", "Couldn't find that release.")

    def new_release(self, body):
        """Rolls back to a release, or releases a slug. Config vars come back too; what add-ons have attached stays."""
        if "release" not in body:
            return 201, self.release(body.get("description", "Deploy"), body["slug"]), {}
        old = self.find_release(str(body["release"]))
        with self.lock:
            if not old["slug"] or old["status"] == "failed":
                return 422, {"id": "invalid_params", "message": f"Cannot roll back to v{old['version']}."}, {}
            attached = {name for attachment in self.postgres.attachments for name in attachment["config_vars"]}
            self.config = {**{name: value for name, value in self.config_of(old).items() if name not in attached},
                           **{name: value for name, value in self.config.items() if name in attached}}
            return 201, self.release(f"Rollback to v{old['version']}", old["slug"]["id"]), {}

    # Formation and dynos

    def processes(self):
        release = self.current
        types = self.slugs[release["slug"]["id"]]["process_types"] if release["slug"] else {}
        return [{"app": self.app_reference(), "command": command, "created_at": release["created_at"], "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
                 "quantity": self.formation.get(name, {}).get("quantity", 0), "size": self.formation.get(name, {}).get("size", "Standard-1X"),
                 "type": name, "updated_at": release["created_at"]} for name, command in sorted(types.items())]

    def scale(self, updates):
        with self.lock:
            known = {process["type"] for process in self.processes()}
            for update in updates:
                if update["type"] not in known:
                    raise NotFound("process type", f"Couldn't find that process type ({update['type']}).")
            for update in updates:
                process = self.formation.setdefault(update["type"], {"quantity": 0, "size": "Standard-1X"})
                if update.get("quantity") is not None:
                    quantity = str(update["quantity"])
                    process["quantity"] = max(0, process["quantity"] + int(quantity) if quantity[0] in "+-" else int(quantity))
                if update.get("size"):
                    process["size"] = "-".join(word.capitalize() if word.isalpha() else word.upper() for word in update["size"].split("-"))
            changed = {update["type"] for update in updates}
        self.later(self.dynos.arrange)
        return [process for process in self.processes() if process["type"] in changed]

    def later(self, work, *arguments):
        """As Heroku: the request is answered, the processes follow. What leaves is not listed any more at once."""
        with self.lock:
            self.busy += 1

        def run():
            try:
                work(*arguments)
            finally:
                with self.lock:
                    self.busy -= 1
        threading.Thread(target=run, daemon=True).start()

    def restart(self, name=None):
        if name:
            self.later(self.dynos.stop, name)
        else:
            self.later(self.dynos.arrange, True)
        return {}

    def run(self, body):
        """A one-off dyno: attached to whoever comes to the rendezvous, or detached."""
        if not self.current["slug"]:
            raise NotFound("release", "App has no slug.")
        self.one_offs += 1
        name, size = f"run.{1000 + self.one_offs}", body.get("size") or "Standard-1X"
        shown = {"attach_url": None, "app": self.app_reference(), "command": body["command"], "created_at": platform_time(), "id": str(uuid.uuid4()),
                 "name": name, "release": {"id": self.current["id"], "version": self.current["version"]}, "size": size, "state": "starting",
                 "type": body.get("type") or "run", "updated_at": platform_time()}
        environment = {key: str(value) for key, value in (body.get("env") or {}).items() if value is not None}
        if body.get("attach"):
            shown["attach_url"] = self.rendezvous.offer(body["command"], environment, name, size)
        else:
            self.dynos.start_once(Dyno(self, name, body["command"], self.current, size, environment))
        return shown

    # What the API shows

    def account(self):
        return {"id": self.user_id, "email": self.email, "name": "Deploy", "verified": True, "two_factor_authentication": True,
                "created_at": self.created_at, "updated_at": self.created_at, "federated": False}

    def shown_app(self):
        stack = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, "heroku-24")), "name": "heroku-24"}
        return {**self.app_reference(), "acm": False, "archived_at": None, "build_stack": stack, "stack": stack, "create_status": "complete",
                "created_at": self.created_at, "updated_at": platform_time(), "released_at": self.releases[-1]["created_at"], "generation": {"name": "cedar"},
                "git_url": self.git_url, "web_url": self.app_url + "/", "maintenance": self.maintenance, "internal_routing": None,
                "owner": {"id": self.user_id, "email": self.email}, "organization": None, "team": None, "space": None, "process_tier": "production",
                "region": {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, "us")), "name": "us"}, "repo_size": 65536, "slug_size": 1048576,
                "buildpack_provided_description": "Python"}

    def change_app(self, body):
        if "maintenance" in body:
            self.maintenance = bool(body["maintenance"])
        return self.shown_app()

    def shown_slug(self, key):
        if key not in self.slugs:
            raise NotFound("slug", "Couldn't find that slug.")
        slug = self.slugs[key]
        return {"id": key, "commit": slug["commit"], "commit_description": None, "process_types": slug["process_types"], "size": 1048576,
                "buildpack_provided_description": "Python", "created_at": slug["created_at"], "updated_at": slug["created_at"],
                "stack": {"name": "heroku-24"}, "blob": {"method": "get", "url": "https://localhost/slug"}, "checksum": None}

    def shown_dyno(self, name):
        found = self.dynos.find(name)
        if not found:
            raise NotFound("dyno", "Couldn't find that dyno.")
        return found.shown(self)

    def collaborators(self):
        return [{"app": self.app_reference(), "created_at": self.created_at, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, self.email)), "role": "owner",
                 "updated_at": self.created_at, "user": {"email": self.email, "federated": False, "id": self.user_id}, "permissions": []}]


def paged(items, header):
    """A list in the order and number that Range asks for: (status, items, headers)."""
    order = re.search(r"order=(\w+)", header or "")
    number = re.search(r"max=(\d+)", header or "")
    ordered = list(reversed(items)) if order and order[1] == "desc" else list(items)
    number = int(number[1]) if number else 200
    shown = ordered[:number]
    headers = {"Accept-Ranges": "id, version", "Content-Range": f"version {shown[0]['version']}..{shown[-1]['version']}"}
    if len(ordered) > number:
        headers["Next-Range"] = f"version ]{shown[-1]['version']}..; max={number}" + (", order=desc" if order and order[1] == "desc" else "")
    return 206 if len(ordered) > number else 200, shown, headers


APP, DATA = r"/apps/(?:[^/]+)", "/client/v11"
ROUTES = [   # method, path, (server, request, *groups) -> body or (status, body, headers)
    ("GET", "/account", lambda s, r: s.account()),
    ("GET", APP, lambda s, r: s.shown_app()),
    ("PATCH", APP, lambda s, r: s.change_app(r.json)),
    ("GET", APP + "/config-vars", lambda s, r: s.config),
    ("PATCH", APP + "/config-vars", lambda s, r: s.set_config(r.json)),
    ("GET", APP + "/collaborators", lambda s, r: s.collaborators()),
    ("GET", APP + "/formation", lambda s, r: s.processes()),
    ("PATCH", APP + "/formation", lambda s, r: s.scale(r.json["updates"])),
    ("GET", APP + "/dynos", lambda s, r: [dyno.shown(s) for dyno in s.dynos.all()]),
    ("POST", APP + "/dynos", lambda s, r: (201, s.run(r.json), {})),
    ("DELETE", APP + "/dynos", lambda s, r: (202, s.restart(), {})),
    ("GET", APP + "/dynos/([^/]+)", lambda s, r, name: s.shown_dyno(name)),
    ("DELETE", APP + "/(?:dynos|formations)/([^/]+)", lambda s, r, name: (202, s.restart(name), {})),
    ("POST", APP + "/(?:dynos|formations)/([^/]+)/actions/stop", lambda s, r, name: (202, s.restart(name), {})),
    ("GET", APP + "/releases", lambda s, r: paged(s.releases, r.headers.get("Range"))),
    ("POST", APP + "/releases", lambda s, r: s.new_release(r.json)),
    ("GET", APP + "/releases/([^/]+)", lambda s, r, key: s.ended(s.find_release(key), lambda release: release["status"] != "pending")),
    ("GET", APP + "/releases/([^/]+)/config-vars", lambda s, r, key: s.config_of(s.find_release(key))),
    ("GET", APP + "/slugs/([^/]+)", lambda s, r, key: s.shown_slug(key)),
    ("GET", f"(?:{APP})?/addons", lambda s, r: s.addons),
    ("POST", APP + "/addons", lambda s, r: (201, s.postgres.create(r.json["plan"]["name"].partition(":")[2] or "standard-0",
                                                                   (r.json.get("config") or {}).get("fork"), (r.json.get("attachment") or {}).get("name")), {})),
    ("GET", f"(?:{APP})?/addons/([^/]+)", lambda s, r, key: s.postgres.addon(key)),
    ("DELETE", APP + "/addons/([^/]+)", lambda s, r, key: s.postgres.destroy(key)),
    ("GET", "/addons/([^/]+)/addon-attachments", lambda s, r, key: s.postgres._attachments_of(s.postgres.addon(key))),
    ("GET", f"(?:{APP})?/addon-attachments", lambda s, r: s.postgres.attachments),
    ("POST", "/addon-attachments", lambda s, r: (201, s.postgres.attach(r.json["addon"]["name"], r.json.get("name")), {})),
    ("POST", "/actions/addon-attachments/resolve", lambda s, r: s.postgres.resolve(r.json["addon_attachment"])),
    ("POST", "/actions/addons/resolve", lambda s, r: [s.postgres.addon(r.json["addon"])]),
    ("GET", DATA + "/databases/([^/]+)", lambda s, r, key: s.postgres.info(key)),
    ("GET", DATA + "/databases/([^/]+)/wait_status", lambda s, r, key: s.postgres.wait_status(key)),
    ("PUT", DATA + "/databases/([^/]+)/reset", lambda s, r, key: s.postgres.reset(key)),
    ("POST", DATA + "/databases/([^/]+)/backups", lambda s, r, key: (201, s.postgres.capture(key), {})),
    ("POST", DATA + "/databases/([^/]+)/restores", lambda s, r, key: (201, s.postgres.restore(key, r.json["backup_url"]), {})),
    ("GET", DATA + "/apps/[^/]+/transfers", lambda s, r: [s.postgres.shown(transfer) for transfer in s.transfers]),
    ("GET", DATA + "/apps/[^/]+/transfers/([^/]+)", lambda s, r, key: s.postgres.shown(
        s.ended(s.postgres.transfer(key), lambda transfer: transfer["finished_at"]), "verbose=true" in r.query)),
    ("DELETE", DATA + "/apps/[^/]+/transfers/([^/]+)", lambda s, r, key: s.postgres.delete(key)),
    ("POST", DATA + "/apps/[^/]+/transfers/([^/]+)/actions/cancel", lambda s, r, key: s.postgres.cancel(key)),
    ("POST", DATA + "/apps/[^/]+/transfers/([^/]+)/actions/public-url", lambda s, r, key: {
        "url": s.postgres.transfer(key)["to_url"], "expires_at": platform_time()}),
]
ROUTES = [(method, re.compile(path), answer) for method, path, answer in ROUTES]


class Handler(BaseHTTPRequestHandler):
    """HTTP: faults, authorization, and the way to git, dumps, and the API."""

    protocol_version = "HTTP/1.1"
    timeout = 120
    heroku = None

    def log_message(self, *ignored):
        pass

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status, headers, body, cut=None):
        sent = body if cut is None else body[:int(len(body) * cut)]
        head = [f"HTTP/1.1 {status} {self.responses.get(status, ('Unknown',))[0]}"]
        head += [f"{name}: {value}" for name, value in {"Request-Id": str(uuid.uuid4()), **headers, "Content-Length": len(body)}.items()]
        self.wfile.write("\r\n".join(head).encode() + b"\r\n\r\n" + (b"" if self.command == "HEAD" else sent))
        if cut is not None:
            self.close_connection = True

    def _fault(self):
        for fault in self.heroku.faults:
            if fault.times != 0 and fault.pattern.search(f"{self.command} {self.path}"):
                with self.heroku.lock:
                    if fault.after:
                        fault.after -= 1
                        continue
                    fault.times = None if fault.times is None else fault.times - 1
                return fault
        return None

    def _authorized(self):
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            with contextlib.suppress(ValueError):
                value = base64.b64decode(value).decode(errors="replace").partition(":")[2]
        return kind in ("Basic", "Bearer") and secrets.compare_digest(value.encode(), self.heroku.api_key.encode())

    def handle_any(self):
        raw = self._body()
        path, _, self.query = self.path.partition("?")
        self.json = {}
        if raw and not path.startswith(f"/{self.heroku.app}.git"):
            with contextlib.suppress(ValueError):
                self.json = json.loads(raw)
        status, headers, body, cut = self._answer(path, raw)
        self.heroku.requests.append((self.command, self.path, status, self.json or None))
        if status is None:
            self.close_connection = True
            return
        if isinstance(body, (dict, list)) or body is None:
            headers = {"Content-Type": "application/json;charset=utf-8", **headers}
            body = json.dumps(body).encode()
        self._send(status, headers, body.encode() if isinstance(body, str) else body, cut)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

    def _answer(self, path, raw):
        fault = self._fault()
        if fault:
            if fault.answer == "never":
                self.heroku.closing.wait()
            if fault.answer:
                return None, {}, b"", None
            text = isinstance(fault.body, str)
            return fault.status, {**({"Content-Type": "text/html; charset=utf-8"} if text else {}), **fault.headers}, fault.body, None
        if path.startswith("/dumps/"):
            return self._dump(path.rpartition("/")[2])
        in_git = path.startswith(f"/{self.heroku.app}.git/")
        if not self._authorized():
            return 401, {"WWW-Authenticate": 'Basic realm="Heroku"'} if in_git else {}, error_body(401), None
        if in_git:
            return *self.heroku.git.answer(self.command, path, self.query, self.headers, raw), None
        named = re.match(r"(?:/client/v11)?/apps/([^/]+)", path)
        if named and urllib.parse.unquote(named[1]) not in (self.heroku.app, self.heroku.app_id):
            return 404, {}, {**error_body(404), "resource": "app"}, None
        for method, pattern, answer in ROUTES:
            found = method == self.command and pattern.fullmatch(path)
            if found:
                try:
                    given = answer(self.heroku, self, *map(urllib.parse.unquote, found.groups()))
                except NotFound as missing:
                    return 404, {}, {"id": "not_found", "resource": missing.args[0], "message": missing.args[1]}, None
                status, body, headers = given if isinstance(given, tuple) else (200, given, {})
                return status, headers, body, None
        return 404, {}, {"id": "not_found", "message": "The requested API endpoint was not found. Are you using the right HTTP verb and path?"}, None

    def _dump(self, secret):
        file = self.heroku.postgres.dumps.get(secret)
        if self.heroku.download_forbidden or not file or not file.exists():
            return 403, {"Content-Type": "application/xml"}, FORBIDDEN, None
        if self.heroku.download_html:
            return 200, {"Content-Type": "text/html"}, "<html><body>Please try again later</body></html>\n", None
        return 200, {"Content-Type": "binary/octet-stream"}, file.read_bytes(), 0.5 if self.heroku.download_cut else None
