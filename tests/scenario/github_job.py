"""One job: a clean machine, its steps one after the other, composite actions among them."""
import os
import shutil
import subprocess
import threading
import uuid

import yaml

from github_file_commands import StepFiles
from github_log import Commands, Masks, StepLog
from github_process import StepProcess, kill_tracked

# What the tests' own programs want, and a machine's PATH; nothing else of ours reaches a job.
PASSED_ON = ("PATH", "LANG", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS")


class StepResult:
    def __init__(self, name, outcome, log=None):
        self.name, self.outcome, self.conclusion = name, outcome, outcome
        self.outputs, self.log, self.summary, self.took, self.process = {}, log, "", 0.0, None

    @property
    def text(self):
        return "\n".join(self.log.lines) if self.log else ""


class Job:
    """A machine of its own: workspace, HOME and temporary directory are made for it and removed with it."""

    def __init__(self, runner, name, definition, root):
        self.runner, self.name, self.definition = runner, name, definition
        self.root = root
        self.tracking = f"github_{uuid.uuid4()}"
        self.masks, self.commands = Masks(), Commands()
        self.steps, self.status, self.cancelled = [], "success", threading.Event()
        self.variables, self.directories, self.running = {}, [], None
        for secret in (*runner.secrets.values(), runner.token):
            self.masks.add(secret)
        for part in ("workspace", "temp", "home", "actions"):
            (root / part).mkdir(parents=True)

    # --- what its steps see ------------------------------------------------------------------------------------------------

    def github(self):
        return {**self.runner.github, "job": self.name, "workspace": str(self.root / "workspace")}

    def contexts(self, environment, **more):
        return {"github": self.github(), "env": environment, "runner": self.machine(), "job": {"status": self.status},
                "secrets": {**self.runner.secrets, "GITHUB_TOKEN": self.runner.token}, "vars": self.runner.variables,
                "inputs": self.runner.inputs, "needs": self.needs, **more}

    def machine(self):
        return {"os": "Linux", "arch": "X64", "temp": str(self.root / "temp"), "tool_cache": str(self.runner.tool_cache),
                "environment": "self-hosted", "name": "test"}

    def process_environment(self, environment, files):
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        github = {f"GITHUB_{key.upper()}": str(value) for key, value in self.github().items() if key not in ("token", "event", "action_repository")}
        machine = {f"RUNNER_{key.upper()}": value for key, value in self.machine().items()}
        path = ":".join([*reversed(self.directories), *self.runner.path, passed.get("PATH", "")])
        return {**passed, **environment, **github, **machine, **files.environment(), "PATH": path, "HOME": str(self.root / "home"), "CI": "true",
                "GITHUB_ACTIONS": "true", "RUNNER_TRACKING_ID": self.tracking}

    # --- the course of the job -----------------------------------------------------------------------------------------------

    def run(self, needs):
        self.needs = needs
        environment = self.fill(self.definition.get("env"), self.runner.environment())
        known, environment = {}, {**self.runner.environment(), **environment}
        for number, step in enumerate(self.definition["steps"]):
            result = self.step(step, f"{number + 1} {step.get('name', step.get('uses', 'run'))}", environment, known)
            self.steps.append(result)
            if result.conclusion == "failure" and self.status == "success":
                self.status = "failure"
        if self.cancelled.is_set():
            self.status = "cancelled"
        self.killed = kill_tracked(self.tracking)
        return self.status

    def fill(self, values, environment, **more):
        return {key: self.runner.expressions.text(value, self.contexts(environment, **more)) for key, value in (values or {}).items()}

    def step(self, step, name, environment, known):
        environment = {**environment, **self.variables}
        contexts = self.contexts(environment, steps=known)
        if not self.runner.expressions.condition(step.get("if"), contexts, "cancelled" if self.cancelled.is_set() else self.status):
            result = StepResult(name, "skipped")
        else:
            environment |= {key: self.runner.expressions.text(value, contexts) for key, value in step.get("env", {}).items()}
            contexts = self.contexts(environment, steps=known)
            log = StepLog(self.masks, self.commands, self.runner.echo)
            result = StepResult(name, "success", log)
            self.act(step, result, contexts, environment)
            if result.outcome == "failure" and self.cancelled.is_set():
                result.outcome = "cancelled"
            result.conclusion = "success" if result.outcome == "failure" and step.get("continue-on-error") else result.outcome
        if "id" in step:
            known[step["id"]] = {"outputs": result.outputs, "outcome": result.outcome, "conclusion": result.conclusion}
        return result

    def act(self, step, result, contexts, environment):
        given = {key: self.runner.expressions.text(value, contexts) for key, value in step.get("with", {}).items()}
        if "run" in step:
            self.script(step, result, contexts, environment)
        elif step["uses"].startswith("actions/checkout@"):
            self.checkout(result, given)
        else:
            self.composite(step["uses"], result, given, environment)

    def script(self, step, result, contexts, environment):
        """A `run:`. Without `shell:` GitHub runs bash without pipefail."""
        files = StepFiles(self.root / "temp")
        script = self.root / "temp" / f"{uuid.uuid4()}.sh"
        script.write_text(self.runner.expressions.text(step["run"], contexts))
        with self.runner.lock:
            result.process = self.running = StepProcess(step.get("shell"), str(script), self.root / "workspace", self.process_environment(environment, files), result.log)
        status = self.running.wait()
        self.running = None
        outputs, variables, directories, summary = files.take(result.log)
        if status != 0:
            result.log.error("The operation was canceled." if self.cancelled.is_set() else f"Process completed with exit code {status}.")
        result.outcome = "failure" if status != 0 or result.log.failed else "success"
        result.outputs |= {**result.log.outputs, **outputs}
        result.summary += summary
        self.variables |= {name: value for name, value in variables.items() if not name.upper().startswith(("GITHUB_", "RUNNER_"))}
        self.directories += directories

    def composite(self, uses, result, given, environment):
        """An action of composite steps, from a copy of its own as the runner downloads it."""
        directory = self.runner.action(uses, self.root)
        definition = yaml.safe_load((directory / "action.yml").read_text())
        declared = definition.get("inputs", {})
        for name in sorted(set(given) - set(declared)):
            result.log.issue("warning", {}, f"Unexpected input(s) '{name}', valid inputs are {sorted(declared)}")
        inputs = {name: given.get(name, self.runner.expressions.text(each.get("default"), {})) for name, each in declared.items()}
        github = {**self.github(), "action_path": str(directory), "action_repository": "" if uses.startswith("./") else uses.partition("@")[0]}
        known, status = {}, "success"
        for step in definition["runs"]["steps"]:
            contexts = {"github": github, "inputs": inputs, "env": environment, "runner": self.machine(), "job": {"status": self.status}, "steps": known}
            if not self.runner.expressions.condition(step.get("if"), contexts, status):
                continue
            if "run" not in step or "shell" not in step:
                raise ValueError(f"{uses}: a step of a composite action is a run with a shell here")
            own = {**environment, **{key: self.runner.expressions.text(value, contexts) for key, value in step.get("env", {}).items()},
                   "GITHUB_ACTION_PATH": str(directory)}
            inner = StepResult(step.get("id", "run"), "success", result.log)
            self.script(step, inner, contexts, own)
            result.process, result.summary, result.log.failed = inner.process, result.summary + inner.summary, False
            if "id" in step:
                known[step["id"]] = {"outputs": inner.outputs, "outcome": inner.outcome, "conclusion": inner.outcome}
            if inner.outcome != "success":
                status = result.outcome = "failure"
        contexts = {"github": github, "inputs": inputs, "env": environment, "runner": self.machine(), "job": {"status": self.status}, "steps": known}
        result.outputs |= {name: self.runner.expressions.text(each["value"], contexts) for name, each in definition.get("outputs", {}).items()}

    def checkout(self, result, given):
        """actions/checkout: the commit of the run, shallow, on a branch of the run's name; a clone that no other job sees."""
        work, sha, branch = self.root / "workspace", self.runner.github["sha"], self.runner.github["ref_name"]
        depth = given.get("fetch-depth", "1")
        for command in (["init", "-q", "."], ["remote", "add", "origin", f"file://{self.runner.repository}"],
                        ["fetch", "-q", "--no-tags", *([] if depth == "0" else [f"--depth={depth}"]), "origin", f"+{sha}:refs/remotes/origin/{branch}"],
                        ["checkout", "-q", "--force", "-B", branch, f"refs/remotes/origin/{branch}"]):
            done = subprocess.run(["git", *command], cwd=work, text=True, capture_output=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})
            if done.returncode != 0:
                result.log.error(done.stderr)
                result.outcome = "failure"
                return

    # --- its end -------------------------------------------------------------------------------------------------------------

    def cancel(self):
        self.cancelled.set()
        with self.runner.lock:
            running = self.running
        if running:
            running.cancel()

    def outputs(self, known):
        """The job's outputs; one that a mask would change is dropped, as it may hold a secret."""
        found = {}
        for name, value in self.definition.get("outputs", {}).items():
            text = self.runner.expressions.text(value, {**self.contexts({}), "steps": known})
            if self.masks.clean(text) != text:
                self.steps[-1].log.issue("warning", {}, f"Skip output '{name}' since it may contain secret.")
            else:
                found[name] = text
        return found

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)
