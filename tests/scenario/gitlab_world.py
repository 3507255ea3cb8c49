"""GitLab for scenarios: the component published in a project of its own, an application's project that includes it, and
gitlab-ci-local (npm) as the one who runs the pipeline.

What it does not do as GitLab does: it sets GITLAB_CI=false, and where a job names an image a CI_PROJECT_DIR that is not there
(both are given here); it knows no retry and no resource group, runs all jobs in one work tree, reads dotenv files more kindly, and
starts no `when: on_failure` where a job in between was skipped (whole() starts it). gitlab_rules.py has GitLab's rules.
"""
import pathlib
import re
import shutil
import subprocess
import time

import yaml

from chain import BIN, ROOT, ChainTest, Finished

COMPONENT = ROOT / "pipelines/gitlab"
RUNNER = ROOT / "tests/support/tools/node_modules/.bin/gitlab-ci-local"
SERVER = "gitlab.test"
# The server's end of `git archive --remote=ssh://...`: a project is a directory below GITLAB_PROJECTS.
SSH = r"""#!/bin/sh
for command do :; done
path=$(printf '%s\n' "$command" | sed -E "s/^git-upload-archive '(.*)'$/\1/")
exec git-upload-archive "$GITLAB_PROJECTS$path"
"""
COLOUR = re.compile("\x1b\\[[0-9;]*m")
# It does not look at spec:inputs:regex, and says so for each use; gitlab_component_test.py does.
NO_REGEX = re.compile("^.*spec:inputs:regex is currently not supported.*\n", re.M)


class Pipeline(Finished):
    """A pipeline that has ended: each job's own lines, and how each job ended."""

    def __init__(self, status, out, err, took, jobs):
        super().__init__(status, COLOUR.sub("", out), NO_REGEX.sub("", COLOUR.sub("", err)), took)
        self.logs = jobs

    def log(self, job):
        return self.logs[job]

    def ended(self):
        """{job: "PASS", "FAIL" or "WARN"} of those that ran."""
        return {name: mark for mark, name in re.findall(r"^ *(PASS|FAIL|WARN) +(lastgood:\S+)", self.out, re.M)}

    def exit_codes(self):
        """{job: exit code} of those that failed."""
        said = re.findall(r"^(lastgood:\S+) +finished in .*(?:FAIL|WARN) +(\d+)", self.out + "\n" + self.err, re.M)
        return {name: int(code) for name, code in said}


class GitLabTest(ChainTest):
    """An application's project with .gitlab-ci.yml; `self.gitlab()` runs the pipeline of what is checked out."""

    version = "0.1.0"

    def setUp(self):
        super().setUp()
        self.projects = self.root / "projects"
        self.publish()
        self.app.git("remote", "add", "gcl-origin", f"ssh://git@{SERVER}/group/shop.git")
        self.app.write(".gitignore", ".gitlab-ci-local/\n.lastgood/\nlastgood-out/\n")
        self.include(programs=str(BIN), tags=["shell"])
        self.number = 1000
        # Masked, and of the environment production alone: a job that names no environment has no database.
        self.variables({"DATABASE_URL": {"type": "variable", "values": {"production": self.environment.pop("DATABASE_URL")}}})

    def publish(self):
        """The component's folder as a project of its own, released under a tag."""
        project = self.projects / "components/lastgood.git"
        work = self.root / "component"
        shutil.copytree(COMPONENT, work)
        for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Release"], ["tag", self.version]):
            self.app.git(*arguments, cwd=work)
        self.app.git("clone", "-q", "--bare", str(work), str(project), cwd=self.root)
        ssh = self.root / "ssh"
        ssh.write_text(SSH)
        ssh.chmod(0o755)
        self.environment.update(GIT_SSH_COMMAND=str(ssh), GITLAB_PROJECTS=str(self.projects))

    def include(self, more="", **inputs):
        """Writes .gitlab-ci.yml: the component with these inputs ("-" for "_"), and `more`."""
        inputs = {name.replace("_", "-"): value for name, value in {"image": "lastgood", "environment": "production", **inputs}.items()}
        component = {"component": f"$CI_SERVER_FQDN/components/lastgood/lastgood@{self.version}", "inputs": inputs}
        self.app.write(".gitlab-ci.yml", yaml.safe_dump({"include": [component]}) + more)

    def variables(self, variables):
        """The project's variables, by environment, as its settings have them."""
        path = self.root / ".gitlab-ci-local/variables.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"project": {f"{SERVER}/group/shop.git": variables}}))

    def gitlab(self, *arguments, pipeline=None, tree=None, environment=None, timeout=300):
        """Runs a pipeline, a new one unless its number is given; with names of jobs only those."""
        if pipeline is None:
            self.number += 1
        tree = tree or self.app.tree
        given = {"GITLAB_CI": "true", "CI_PIPELINE_ID": pipeline or self.number, "CI_PROJECT_DIR": tree}
        command = [RUNNER, "--force-shell-executor", "--concurrency", "1", "--ignore-predefined-vars", ",".join(given), *arguments]
        for name, value in given.items():
            command += ["--variable", f"{name}={value}"]
        start = time.monotonic()
        done = subprocess.run(command, cwd=tree, env={**self.environment, **(environment or {})}, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
        logs = {}
        for line in COLOUR.sub("", done.stdout + done.stderr).split("\n"):
            found = re.match(r"(lastgood\S*) +(.*)", line)
            if found:
                logs[found[1]] = logs.get(found[1], "") + re.sub(r"^> ", "", found[2]) + "\n"
        return Pipeline(done.returncode, done.stdout, done.stderr, time.monotonic() - start, logs)

    def whole(self):
        """A pipeline to its end: the rollback too, where GitLab would start it."""
        pipeline = self.gitlab()
        if pipeline.status == 0 or "lastgood:rollback" in pipeline.ended():
            return pipeline
        started = yaml.safe_load((self.app.tree / ".gitlab-ci.yml").read_text())
        started["lastgood:rollback"] = {"rules": [{"when": "always"}]}
        (self.root / "started.yml").write_text(yaml.safe_dump(started))
        rollback = self.gitlab("--file", str(pathlib.Path("..") / "started.yml"), "lastgood:rollback", pipeline=self.number)
        return Pipeline(pipeline.status, pipeline.out + rollback.out, pipeline.err + rollback.err, pipeline.took, {**pipeline.logs, **rollback.logs})

    def artifact(self, path):
        return self.app.tree / "lastgood-out" / path

    def run_state(self):
        return self.run_lastgood("status", "--json", environment=self.database_url()).record("run")

    def database_url(self):
        return {"DATABASE_URL": self.cluster.url(self.database, self.owner)}


def configuration(text):
    """The two documents of a component: its header, and its jobs as YAML reads them."""
    header, jobs = yaml.safe_load_all(text)
    return header["spec"], jobs


def component():
    return configuration((pathlib.Path(COMPONENT) / "templates/lastgood.yml").read_text())
