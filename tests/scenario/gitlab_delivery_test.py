"""How a GitLab job comes by the programs: the script of the component, run by sh and by bash, with releases served on loopback."""
import base64
import hashlib
import http.server
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from gitlab_component_test import filled  # noqa: E402
from gitlab_world import component  # noqa: E402

PROGRAMS = ["lastgood", "lastgood-backup-capture", "lastgood-migrate", "lastgood-verify", "lastgood-rollback"]
VERSION = "0.1.0"
ASSET = f"lastgood-{VERSION}-linux-x86_64.tar.gz"
STARTS = f"echo lastgood {VERSION}"


class Server(http.server.BaseHTTPRequestHandler):
    """Files by path; /elsewhere sends on to another host. What was asked is kept, with who asked."""

    files, asked = {}, []

    def do_GET(self):
        self.asked.append((self.headers["Host"], self.path, self.headers["Authorization"], processes_with(self.server.token)))
        if self.path.startswith("/api/elsewhere/"):
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/{ASSET}")
            self.end_headers()
            return
        body = self.files.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"not here")

    def log_message(self, *_):
        pass


def processes_with(word):
    """Command lines that hold the word."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in line:
            found.append(line)
    return found


class Delivery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        cls.server.token = "glcbt-a-token-of-a-job"
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"
        cls.thread = threading.Thread(target=cls.server.serve_forever)
        cls.thread.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.thread.join()
        cls.server.server_close()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lg-test-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.project = self.root / "a project"
        self.project.mkdir()
        Server.files, Server.asked = {}, []

    def programs(self, folder, says=STARTS):
        """A directory with five programs that only say who they are."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            (folder / name).write_text(f"#!/bin/sh\n{says}\n")
            (folder / name).chmod(0o755)
        return folder

    def release(self, path=f"/{ASSET}", says=STARTS):
        """Serves a release; returns its checksum."""
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            for name in PROGRAMS:
                entry = tarfile.TarInfo(f"lastgood-{VERSION}/bin/{name}")
                body = f"#!/bin/sh\n{says}\n".encode()
                entry.size, entry.mode = len(body), 0o755
                archive.addfile(entry, io.BytesIO(body))
        Server.files[path] = data.getvalue()
        return hashlib.sha256(data.getvalue()).hexdigest()

    def deliver(self, status, *words, on_path=None, environment=None, **inputs):
        """Runs the script in both shells; returns where the programs then are."""
        spec, jobs = component()
        values = {name: each.get("default", "") for name, each in spec["inputs"].items()}
        values.update({name.replace("_", "-"): value for name, value in inputs.items()}, version=VERSION)
        script = filled(jobs[".$[[ inputs.job-prefix ]]:programs"]["script"], values)
        for shell in (["sh", "-e"], ["bash", "-e", "-o", "pipefail"]):
            path = f"{on_path}:{os.environ['PATH']}" if on_path else os.environ["PATH"]
            done = subprocess.run([*shell, "-c", script], cwd=self.project, text=True, capture_output=True, timeout=60,
                                  env={"PATH": path, "CI_PROJECT_DIR": str(self.project), "LASTGOOD_DOTENV": str(self.project / "out/lastgood.env"),
                                       "CI_API_V4_URL": self.url + "/api", "CI_JOB_TOKEN": self.server.token, **(environment or {})})
            self.assertEqual(done.returncode, status, done.stderr)
            for word in words:
                self.assertIn(word, done.stdout + done.stderr)
            if status:
                self.assertRegex(done.stderr, "(?s)lastgood: error: .*\n  changed: nothing\n  next: .")
                self.assertFalse((self.project / ".lastgood/bin").exists())
            self.assertNotIn(self.server.token, done.stdout + done.stderr)
        return (self.project / ".lastgood/bin").resolve()

    def test_a_directory_is_taken_as_it_is(self):
        given = self.programs(self.root / "given", says="echo lastgood 7.7.7")
        self.assertEqual(self.deliver(0, "lastgood 7.7.7, from", programs=str(given)), given)
        (given / "lastgood-verify").unlink()
        (self.project / ".lastgood/bin").unlink()
        self.deliver(2, "there is no lastgood-verify in", programs=str(given))

    def test_the_path_is_taken_where_its_version_fits(self):
        fits = self.programs(self.root / "fits")
        self.assertEqual(self.deliver(0, on_path=fits), fits)
        self.assertEqual(Server.asked, [])

    def test_a_link_on_the_path_is_followed_to_the_other_programs(self):
        fits = self.programs(self.root / "fits")
        links = self.root / "links"
        links.mkdir()
        (links / "lastgood").symlink_to(fits / "lastgood")
        self.assertEqual(self.deliver(0, on_path=links), fits)

    def test_another_version_on_the_path_makes_way_for_the_release(self):
        other = self.programs(self.root / "other", says="echo lastgood 0.0.9")
        taken = self.deliver(0, on_path=other, release_url=self.url, sha256=self.release())
        self.assertEqual(taken, self.project / f".lastgood/lastgood-{VERSION}/bin")

    def test_another_version_on_the_path_is_taken_only_if_that_was_said(self):
        other = self.programs(self.root / "other", says="echo lastgood 0.0.9")
        self.assertEqual(self.deliver(0, "lastgood 0.0.9", on_path=other, install="path"), other)
        (self.project / ".lastgood/bin").unlink()
        self.deliver(2, f"no lastgood {VERSION} on PATH, and no release", on_path=other)
        self.deliver(2, "lastgood is not on PATH", install="path")

    def test_a_release_is_wanted_though_the_path_fits(self):
        fits = self.programs(self.root / "fits")
        self.assertNotEqual(self.deliver(0, on_path=fits, install="release", release_url=self.url, sha256=self.release()), fits)

    def test_a_release_of_another_checksum_is_never_run(self):
        ran = self.root / "ran"
        right, wrong = self.release(says=f"touch {ran}; {STARTS}"), "0" * 64
        self.deliver(3, right, wrong, release_url=self.url, sha256=wrong)
        self.assertFalse(ran.exists())
        self.assertEqual([path.name for path in (self.project / ".lastgood").iterdir()], [])

    def test_a_release_without_a_checksum_is_not_even_asked_for(self):
        self.release()
        self.deliver(2, "the release has no checksum", release_url=self.url)
        self.assertEqual(Server.asked, [])

    def test_a_release_that_is_not_there(self):
        self.deliver(4, f"{ASSET} cannot be had from {self.url}", release_url=self.url, sha256="0" * 64)

    def test_programs_that_do_not_start_say_why(self):
        says = "echo error while loading shared libraries: libpq.so.5 >&2; exit 127"
        self.deliver(2, "libpq.so.5", "apt-get install libpq5", release_url=self.url, sha256=self.release(says=says))

    def test_the_package_registry_gets_the_jobs_token_and_nobody_else_does(self):
        mine = "Basic " + base64.b64encode(f"gitlab-ci-token:{self.server.token}".encode()).decode()
        checksum = self.release(f"/api/packages/{ASSET}")
        self.deliver(0, release_url="$CI_API_V4_URL/packages", sha256=checksum)
        self.assertEqual({(who, shown) for _, _, who, shown in ((*each[:3], tuple(each[3])) for each in Server.asked)}, {(mine, ())})
        Server.asked.clear()
        checksum = self.release()
        self.deliver(0, release_url="$CI_API_V4_URL/elsewhere", sha256=checksum)
        self.assertEqual({each[2] for each in Server.asked if each[0].startswith("localhost")}, {None})
        Server.asked.clear()
        self.deliver(0, release_url=self.url, sha256=checksum)
        self.assertEqual({each[2] for each in Server.asked}, {None})

    def test_a_password_file_of_gitlab_becomes_one_that_libpq_reads(self):
        temporary = pathlib.Path(f"{self.project}.tmp")
        temporary.mkdir()
        (temporary / "PGPASSFILE").touch(0o666)
        mine = self.root / "mine"
        mine.touch(0o644)
        given = str(self.programs(self.root / "given"))
        self.deliver(0, programs=given, environment={"PGPASSFILE": str(temporary / "PGPASSFILE")})
        self.assertEqual((temporary / "PGPASSFILE").stat().st_mode & 0o777, 0o600)
        self.deliver(0, programs=given, environment={"PGPASSFILE": str(mine)})
        self.assertEqual(mine.stat().st_mode & 0o777, 0o644)

    def test_a_trace_that_shows_passwords_is_said(self):
        given = str(self.programs(self.root / "given"))
        self.deliver(0, "CI_DEBUG_TRACE writes every variable", programs=given, environment={"CI_DEBUG_TRACE": "true"})


if __name__ == "__main__":
    unittest.main()
