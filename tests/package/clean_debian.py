"""A Debian with nothing in it: debootstrap's smallest, from where apt on this machine has its packages.

    with CleanDebian() as debian:
        debian.install("libpq5")
        debian.run("/opt/lastgood/bin/lastgood", "--version")

Its programs see a /proc of their own and this machine's network. They run in mount and process namespaces that end with
them: nothing stays mounted and nobody stays behind, also when the test is killed.
"""
import os
import pathlib
import re
import subprocess
import tempfile

AS_ROOT = [] if os.getuid() == 0 else ["sudo"]
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
ENTER = """
root=$1; shift
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --bind "$1" "$root$1"; shift; done
shift
exec chroot "$root" "$@"
"""


def of_this_machine(*command):
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout


def sources():
    """[(address, release, component)] of Debian, as apt on this machine knows them."""
    listed = of_this_machine("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages", "Origin: Debian")
    return [tuple(line.split()) for line in dict.fromkeys(listed.splitlines())]


def release():
    return re.search(r"^VERSION_CODENAME=(\w+)$", pathlib.Path("/etc/os-release").read_text(), re.MULTILINE).group(1)


class CleanDebian:
    def __init__(self):
        mirror = next(address for address, suite, component in sources() if (suite, component) == (release(), "main"))
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="lg-debian-", dir="/tmp"))
        self.root = self.work / "root"
        try:
            self._made("unshare", "--mount", "--", "debootstrap", "--variant=minbase", release(), str(self.root), mirror)
            self._write("etc/apt/sources.list", "".join(f"deb {' '.join(source)}\n" for source in sources()))
            # How this machine reaches them: a proxy, a mirror that is not updated any more.
            self._write("etc/apt/apt.conf.d/00of-this-machine",
                        "".join(line + "\n" for line in of_this_machine("apt-config", "dump").splitlines() if line.startswith("Acquire::")))
            self.run("apt-get", "update", "-qq")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        subprocess.run([*AS_ROOT, "rm", "-rf", "--one-file-system", str(self.work)], check=True)

    def copy(self):
        """Another one, as this one is now."""
        other = object.__new__(CleanDebian)
        other.work = pathlib.Path(tempfile.mkdtemp(prefix="lg-debian-", dir="/tmp"))
        other.root = other.work / "root"
        self._made("cp", "-a", "--reflink=auto", str(self.root), str(other.root))
        return other

    def command(self, *argv, shared=(), directory="/", environment=None):
        """What runs argv in it; `shared` directories of this machine are seen there under the same name."""
        variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **(environment or {})}.items()]
        return [*AS_ROOT, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-ec", ENTER, "-", str(self.root), *map(str, shared), "--",
                "/usr/bin/env", "-i", "-C", str(directory), *variables, *map(str, argv)]

    def run(self, *argv, **options):
        """Standard output; a failure shows everything that was said."""
        return self._made(*self.command(*argv, **options), root=False)

    def install(self, *packages, shared=()):
        self.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, shared=shared)

    def packages(self):
        return set(self.run("dpkg-query", "-W", "-f", "${Package}\n").split())

    def _write(self, path, text):
        subprocess.run([*AS_ROOT, "tee", str(self.root / path)], input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    @staticmethod
    def _made(*command, root=True):
        done = subprocess.run([*(AS_ROOT if root else []), *command], text=True, capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done.stdout
