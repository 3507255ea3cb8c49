"""Heroku's git on loopback: `git http-backend` before a bare repository whose pre-receive hook is the build."""
import os
import subprocess

HOOK = """#!/bin/sh
# The build: the pushed tree becomes a slug.
while read -r old new ref; do
    if [ "$ref" != refs/heads/main ] && [ "$ref" != refs/heads/master ]; then
        echo "Pushed to non-main branch, skipping build."
        continue
    fi
    echo "-----> Building on the Heroku-24 stack"
    slug="$LG_SLUGS/$new.$$"
    mkdir -p "$slug" || exit 1
    git archive "$new" | tar -x -C "$slug" || exit 1
    if [ -n "$LG_BUILD_FAILS" ]; then
        echo " !     Push rejected, failed to compile Python app."
        rm -rf "$slug"
        exit 1
    fi
    if [ ! -f "$slug/manage.py" ]; then
        echo " !     No default language could be detected for this app."
        echo " !     Push failed"
        rm -rf "$slug"
        exit 1
    fi
    echo "-----> Python app detected"
    echo "-----> Discovering process types"
    echo "       Procfile declares types -> $(sed -n 's/^\\([a-z_]*\\):.*/\\1/p' "$slug/Procfile" 2>/dev/null | paste -sd, -)"
    echo "-----> Launching..."
    printf '%s %s %s\\n' "$new" "$slug" "$ref" >>"$LG_BUILT"
done
"""


class Git:
    def __init__(self, server, root):
        self.server, self.slugs, self.built = server, root / "slugs", root / "built"
        self.projects = root / "git"
        self.repository = self.projects / f"{server.app}.git"
        self.slugs.mkdir()
        self.projects.mkdir()
        self._git("init", "-q", "--bare", "-b", "main", str(self.repository))
        for name, value in {"http.receivepack": "true", "receive.autogc": "false", "gc.auto": "0"}.items():
            self._git("-C", str(self.repository), "config", name, value)
        hook = self.repository / "hooks" / "pre-receive"
        hook.write_text(HOOK)
        hook.chmod(0o755)

    def _environment(self):
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.projects)}

    def _git(self, *arguments):
        subprocess.run(["git", *arguments], check=True, env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True)

    def head(self, ref="refs/heads/main"):
        done = subprocess.run(["git", "-C", str(self.repository), "rev-parse", "-q", "--verify", ref], env=self._environment(), text=True, capture_output=True)
        return done.stdout.strip()

    def answer(self, method, path, query, headers, body):
        """One CGI request. Returns (status, headers, body); a push that was built has its release made."""
        environment = {**self._environment(), "GIT_PROJECT_ROOT": str(self.projects), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                       "QUERY_STRING": query, "REQUEST_METHOD": method, "CONTENT_TYPE": headers.get("Content-Type", ""),
                       "CONTENT_LENGTH": str(len(body)), "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
                       "GIT_PROTOCOL": headers.get("Git-Protocol", ""), "REMOTE_USER": "heroku", "REMOTE_ADDR": "127.0.0.1",
                       "LG_SLUGS": str(self.slugs), "LG_BUILT": str(self.built), "LG_BUILD_FAILS": "1" if self.server.build_fails else ""}
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        answers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(answers.pop("Status", "200" if done.returncode == 0 else "500").split()[0])
        if method == "POST" and path.endswith("/git-receive-pack"):
            self._release_what_was_built()
        return status, answers, content

    def _release_what_was_built(self):
        if not self.built.exists():
            return
        lines = self.built.read_text().splitlines()
        self.built.unlink()
        for line in lines:
            commit, slug, ref = line.split(" ")
            if self.head(ref) == commit:
                self.server.deploy(commit, slug)
