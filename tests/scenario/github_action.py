"""For tests of action.yml itself: a copy of the action with programs that say what they were started with, and a server of releases."""
import hashlib
import http.server
import shutil
import subprocess
import tarfile
import threading

from chain import ROOT

PROGRAMS = ("lastgood", "lastgood-backup-capture", "lastgood-migrate", "lastgood-verify", "lastgood-rollback")
VERSION = "0.1.0"
ASSET = "lastgood-{0}-linux-x86_64.tar.gz"
# Stands for a program: its version, or the words and the variables of ours that it was given, and outputs.
PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then echo "{name} {version}"; exit 0; fi
echo "started {name} ($0) with $#:"
for word in "$@"; do printf '<%s>\\n' "$word"; done
env | grep ^LASTGOOD_ | sort
for name in run-id outcome revision restore-point rolled-back; do echo "$name=of $name" >> "$GITHUB_OUTPUT"; done
"""


def programs(directory, version=VERSION, only=PROGRAMS):
    directory.mkdir(parents=True)
    for name in only:
        (directory / name).write_text(PROGRAM.format(name=name, version=version))
        (directory / name).chmod(0o755)
    return directory


def release(root, version=VERSION, folder="lastgood-{0}"):
    """The asset as a file, and its digest."""
    content = programs(root / f"asset-{version}", version)
    target = root / ASSET.format(version)
    with tarfile.open(target, "w:gz") as archive:
        archive.add(content, folder.format(version) + "/bin")
    return target.read_bytes(), hashlib.sha256(target.read_bytes()).hexdigest()


def action_copy(root, sums=None, source=False):
    """The action's own files with another table of sums; `source`: with a small source that builds the same programs."""
    copy = root / "action"
    shutil.copytree(ROOT / "pipelines/github", copy / "pipelines/github")
    shutil.copy2(ROOT / "action.yml", copy)
    (copy / "CMakeLists.txt").write_text(small_source() if source else f"cmake_minimum_required(VERSION 3.25)\nproject(lastgood VERSION {VERSION} LANGUAGES NONE)\nmessage(FATAL_ERROR \"##[error]no compiler\")\n")
    (copy / "CMakePresets.json").write_text("{}")
    (copy / ".packaging").mkdir()
    (copy / ".packaging/install.cmake").touch()
    for folder in ("common", "steps"):
        (copy / folder).mkdir()
        (copy / folder / "program.cpp").write_text('#include <cstdio>\n#include <cstring>\nint main(int count, char** words) {\n'
                                                   '    if (count > 1 && !std::strcmp(words[1], "--version")) return std::puts(NAME " ' + VERSION + '") < 0;\n'
                                                   '    return std::puts("started " NAME) < 0;\n}\n')
    (copy / "tests").mkdir()
    shutil.copy2(ROOT / "tests/setup", copy / "tests/setup")
    if sums is not None:
        (copy / "pipelines/github/checksums.txt").write_text("".join(f"{digest}  {asset}\n" for asset, digest in sums.items()))
    subprocess.run(["git", "init", "-q", copy], check=True)
    return copy


def small_source():
    lines = ["cmake_minimum_required(VERSION 3.25)", f"project(lastgood VERSION {VERSION} LANGUAGES CXX)", "set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)"]
    for name in PROGRAMS:
        lines += [f"add_executable({name} steps/program.cpp)", f'target_compile_definitions({name} PRIVATE NAME="{name}")']
    return "\n".join([*lines, f"add_custom_target(lastgood-programs DEPENDS {' '.join(PROGRAMS)})", ""])


class ReleaseServer:
    """Serves files by their paths on loopback. `trouble` are answers for the first requests: a status, or "hang"."""

    def __init__(self, files):
        self.files, self.trouble, self.asked, self.over = dict(files), [], [], threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                trouble = outer.trouble.pop(0) if outer.trouble else None
                if trouble == "hang":
                    outer.over.wait(60)
                    return
                body = outer.files.get(self.path)
                self.send_response(trouble or (200 if body is not None else 404))
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/mirror"

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def closed_port():
    """An address where nobody listens."""
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"
