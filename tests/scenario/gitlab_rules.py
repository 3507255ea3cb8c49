"""GitLab's own rules where gitlab-ci-local has others: which jobs start, what a dotenv report may hold, what a section looks like."""
import re

SECTION = re.compile(rb"\x1b\[0Ksection_(start|end):(\d+):([A-Za-z0-9_.-]+)(\[[a-z_=,]*\])?\r\x1b\[0K")
DEFAULT_STAGES = [".pre", "build", "test", "deploy", ".post"]


def composite(statuses, needed):
    """One status of several: of all jobs of earlier stages, or of those that a job needs."""
    known = set(statuses)
    if needed and "skipped" in known:
        return "skipped"
    if known <= {"skipped"}:
        return "skipped" if known else "success"
    if known <= {"success", "skipped"}:
        return "success"
    return "canceled" if known <= {"canceled", "success", "skipped"} else "failed"


def schedule(jobs, results, stages=None):
    """What becomes of each job: its result if it starts ("success" unless `results` says otherwise), "skipped" if it does not,
    "manual" if it waits for a person. Jobs that may fail count as having gone well."""
    stages = stages or DEFAULT_STAGES
    became = {}
    counted = {}
    for name, job in sorted(jobs.items(), key=lambda each: stages.index(each[1]["stage"])):
        when = job["rules"][0].get("when", "on_success")
        if "needs" in job:
            now = composite([counted[need["job"]] for need in job["needs"]], needed=True) if job["needs"] else "success"
        else:
            earlier = [other for other in jobs if stages.index(jobs[other]["stage"]) < stages.index(job["stage"])]
            now = composite([counted[other] for other in earlier if other in counted], needed=False)
        starts = {"on_success": {"success"} if "needs" in job else {"success", "skipped"},
                  "manual": {"success"} if "needs" in job else {"success", "skipped"}, "on_failure": {"failed"}}[when]
        became[name] = "skipped" if now not in starts else "manual" if when == "manual" else results.get(name, "success")
        may_fail = job["rules"][0].get("allow_failure", job.get("allow_failure", False))
        counted[name] = "success" if may_fail and became[name] in ("failed", "canceled") else became[name]
    return became


def dotenv(content, most_variables=20):
    """What a report hands to later jobs: of a name that comes twice, the last. Raises ValueError where GitLab refuses it, or would
    take it for something else."""
    if len(content) >= 5 * 1024:
        raise ValueError(f"{len(content)} octets; GitLab takes less than 5 KB")
    variables = {}
    for line in content.decode("utf-8").splitlines():
        found = re.fullmatch(r"([A-Za-z0-9_]+)=(\S*)", line)
        if not found:
            raise ValueError(f"not KEY=value: {line!r}")
        if found[2][:1] in ("'", '"') or "$" in found[2]:
            raise ValueError(f"quotes stay, and a dollar is expanded: {line!r}")
        variables[found[1]] = found[2]
    if len(variables) > most_variables:
        raise ValueError(f"{len(variables)} variables")
    return variables


def sections(output):
    """Names of the sections of a log, in the order in which they begin. Raises ValueError unless each is closed, and inside the one
    that it began in."""
    names, open_now = [], []
    for kind, _, name, _ in SECTION.findall(output):
        if kind == b"start":
            if name in open_now:
                raise ValueError(f"{name} begins in itself")
            open_now.append(name)
            names.append(name.decode())
        elif not open_now or open_now.pop() != name:
            raise ValueError(f"{name} ends where another is open")
    if open_now:
        raise ValueError(f"never closed: {open_now}")
    return names
