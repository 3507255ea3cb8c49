"""A small runner of GitHub Actions: reads a workflow, runs its jobs on clean directories of this machine, cancels as GitHub does.

    runner = Runner(workflow, repository, root, actions={"OWNER/lastgood": ROOT}, secrets={"DATABASE_URL": url})
    run = runner.run()                              run.result, run.jobs["migrate"].log
    again = runner.rerun_failed(run)                GITHUB_RUN_ATTEMPT 2: what failed and what needs it
    runner.run(cancel_when=condition)               cancelled as soon as the condition holds

What it does not know (matrix, containers, services, reusable workflows, actions of node) is refused, not passed over.
"""
import pathlib
import shutil
import subprocess
import threading
import time
import uuid

import yaml

from github_expressions import Expressions
from github_job import Job

WORKFLOW_KEYS = {"name", "run-name", "on", "permissions", "concurrency", "env", "jobs", "defaults"}
JOB_KEYS = {"name", "runs-on", "needs", "if", "environment", "permissions", "concurrency", "env", "steps", "outputs", "timeout-minutes"}
STEP_KEYS = {"name", "id", "if", "uses", "with", "run", "shell", "env", "continue-on-error", "timeout-minutes"}


class BadWorkflow(Exception):
    pass


class JobResult:
    def __init__(self, result):
        self.result, self.outputs, self.steps, self.killed, self.tracking = result, {}, [], [], None

    @property
    def log(self):
        return "\n".join(f"=== {step.name}: {step.outcome}\n{step.text}" for step in self.steps)

    @property
    def annotations(self):
        return [each for step in self.steps if step.log for each in step.log.annotations]

    @property
    def summary(self):
        return "".join(step.summary for step in self.steps)

    def step(self, words):
        return next(step for step in self.steps if words in step.name)


class RunResult:
    def __init__(self, attempt):
        self.attempt, self.jobs, self.waited_for, self.cancelled_at = attempt, {}, [], None

    @property
    def result(self):
        results = [job.result for job in self.jobs.values()]
        return next((each for each in ("cancelled", "failure") if each in results), "success")

    def __str__(self):
        return "\n".join(f"##### {name}: {job.result}\n{job.log}" for name, job in self.jobs.items())


class Runner:
    def __init__(self, workflow, repository, root, actions=(), secrets=(), variables=(), path=(), run_id="1042", actor="octocat", echo=None):
        self.definition = read_workflow(workflow)
        self.repository, self.root, self.actions = repository, pathlib.Path(root), dict(actions)
        self.secrets, self.variables, self.path, self.echo = dict(secrets), dict(variables), [str(each) for each in path], echo
        self.tool_cache, self.token = self.root / "tools", f"ghs_{uuid.uuid4().hex}"
        self.run_id, self.actor, self.expressions, self.lock, self.now = run_id, actor, Expressions(), threading.Lock(), None
        self.inputs, self.cancelled = {}, threading.Event()

    def close(self):
        self.expressions.close()

    def environment(self):
        return {key: str(value) for key, value in self.definition.get("env", {}).items()}

    def context(self, event, attempt):
        head = subprocess.run(["git", "-C", self.repository, "rev-parse", "refs/heads/main"], text=True, capture_output=True, check=True).stdout.strip()
        return {"sha": head, "ref": "refs/heads/main", "ref_name": "main", "ref_type": "branch", "repository": "octo/shop", "repository_owner": "octo",
                "run_id": self.run_id, "run_number": "7", "run_attempt": str(attempt), "actor": self.actor, "triggering_actor": self.actor,
                "event_name": event, "event": {"inputs": self.inputs}, "server_url": "https://github.com", "api_url": "https://api.github.com",
                "workflow": self.definition.get("name", "workflow"), "workflow_ref": "octo/shop/.github/workflows/w.yml@refs/heads/main", "token": self.token}

    def action(self, uses, job_root):
        """A fresh copy of the action's directory, as the runner unpacks it: no repository, only what is committed or about to be."""
        name, _, reference = uses.partition("@")
        if name not in self.actions:
            raise BadWorkflow(f"no such action here: {uses}")
        source, target = pathlib.Path(self.actions[name]), job_root / "actions" / name / (reference or "self")
        if not target.exists():
            listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=source, text=True, capture_output=True, check=True).stdout
            for path in filter(None, listed.split("\0")):
                if path.startswith(("tests/", "build/")) and path != "tests/setup" or not (source / path).is_file():
                    continue
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / path, target / path)
        return target

    # --- a run ---------------------------------------------------------------------------------------------------------------

    def run(self, event="push", inputs=None, cancel_when=None, approve=None):
        """`approve` is asked with the name of each environment that a job waits for, before the job begins."""
        self.inputs, self.cancelled = self.typed(event, inputs or {}), threading.Event()
        self.github = self.context(event, 1)
        return self.go(RunResult(1), list(self.definition["jobs"]), cancel_when, approve)

    def rerun_failed(self, before, cancel_when=None, approve=None):
        """Same commit, same run id, one attempt more: the jobs that did not succeed, and those that need them."""
        self.cancelled = threading.Event()
        self.github = {**self.github, "run_attempt": str(before.attempt + 1)}
        after, again = RunResult(before.attempt + 1), []
        for name, job in self.definition["jobs"].items():
            if before.jobs[name].result in ("failure", "cancelled") or set(needed(job)) & set(again):
                again.append(name)
            else:
                after.jobs[name] = before.jobs[name]
        return self.go(after, again, cancel_when, approve)

    def typed(self, event, given):
        """The inputs of a workflow_dispatch: defaults filled in, unknown ones, missing ones and wrong choices refused."""
        declared = (self.definition["on"].get("workflow_dispatch") or {}).get("inputs", {}) if event == "workflow_dispatch" else {}
        if event not in self.definition["on"]:
            raise BadWorkflow(f"the workflow does not run on {event}")
        if set(given) - set(declared):
            raise BadWorkflow(f"no such inputs: {set(given) - set(declared)}")
        inputs = {}
        for name, each in declared.items():
            value = given.get(name, each.get("default", False if each.get("type") == "boolean" else ""))
            if value == "" and each.get("required"):
                raise BadWorkflow(f"the input {name} is required")
            if each.get("type") == "choice" and value not in each["options"]:
                raise BadWorkflow(f"{value} is no choice of {name}")
            inputs[name] = value
        return inputs

    def go(self, run, names, cancel_when, approve):
        over = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(cancel_when, over, run))
        watcher.start()
        try:
            for name in in_order(self.definition["jobs"]):
                if name in names:
                    run.jobs[name] = self.job(run, name, self.definition["jobs"][name], approve)
        finally:
            over.set()
            watcher.join()
        return run

    def watch(self, condition, over, run):
        while condition and not over.is_set():
            if condition():
                run.cancelled_at = time.monotonic()
                self.cancelled.set()
                with self.lock:
                    job = self.now
                if job:
                    job.cancel()
                return
            over.wait(0.05)

    def job(self, run, name, definition, approve):
        needs = {each: {"result": run.jobs[each].result, "outputs": run.jobs[each].outputs} for each in needed(definition)}
        status = "cancelled" if self.cancelled.is_set() else self.ancestry(run, definition)
        contexts = {"github": self.github, "needs": needs, "vars": self.variables, "inputs": self.inputs}
        if not self.expressions.condition(definition.get("if"), contexts, status):
            return JobResult("skipped")
        environment = definition.get("environment")
        if environment:
            environment = self.expressions.text(environment if isinstance(environment, str) else environment["name"], contexts)
            run.waited_for.append(environment)
            if approve and not approve(environment):
                return JobResult("failure")
        job = Job(self, name, definition, self.root / f"job-{name}-{uuid.uuid4().hex[:8]}")
        with self.lock:
            self.now = job
        try:
            result = JobResult(job.run(needs))
            result.steps, result.killed, result.tracking = job.steps, job.killed, job.tracking
            known = {step["id"]: {"outputs": done.outputs, "outcome": done.outcome, "conclusion": done.conclusion}
                     for step, done in zip(definition["steps"], job.steps) if "id" in step}
            result.outputs = job.outputs(known)
            return result
        finally:
            with self.lock:
                self.now = None
            job.remove()

    def ancestry(self, run, definition):
        """What success() and failure() of a job mean: every job that it needs, and those that they need."""
        names, seen = needed(definition), set()
        while names:
            name = names.pop()
            if name not in seen:
                seen.add(name)
                names += needed(self.definition["jobs"][name])
        results = {run.jobs[name].result for name in seen}
        return "failure" if "failure" in results else "success" if results <= {"success"} else "neither"


def needed(job):
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def in_order(jobs):
    """The names, each after those that it needs."""
    done = []
    while len(done) < len(jobs):
        ready = [name for name, job in jobs.items() if name not in done and set(needed(job)) <= set(done)]
        if not ready:
            raise BadWorkflow(f"jobs need each other, or what is not there: {sorted(set(jobs) - set(done))}")
        done += ready
    return done


def read_workflow(path):
    """The YAML, with `on` by its name (YAML 1.1 reads it as true), in one form. A key that is not known here is refused."""
    read = yaml.safe_load(pathlib.Path(path).read_text())
    definition = {"on" if key is True else key: value for key, value in read.items()}
    events = definition.get("on")
    definition["on"] = {events: None} if isinstance(events, str) else dict.fromkeys(events) if isinstance(events, list) else events
    refuse_unknown(definition, WORKFLOW_KEYS, str(path))
    for name, job in definition["jobs"].items():
        refuse_unknown(job, JOB_KEYS, name)
        for step in job["steps"]:
            refuse_unknown(step, STEP_KEYS, f"a step of {name}")
            if ("run" in step) == ("uses" in step):
                raise BadWorkflow(f"a step of {name} has to have either run or uses")
    return definition


def refuse_unknown(mapping, known, where):
    if unknown := set(mapping) - known:
        raise BadWorkflow(f"{where}: not known here: {sorted(unknown)}")
