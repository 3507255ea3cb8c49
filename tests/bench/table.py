"""The lines as a Markdown table, and its place in the repository's README.md."""
import datetime
import os
import re
import statistics

from data_sets import SETTINGS
from world import ROOT

BEGIN, END = "<!-- bench:restore-points -->", "<!-- /bench -->"
VERDICTS = {None: "", True: "met", False: "**not met**"}


def markdown(lines, measured, options):
    """Where and when it was measured, and a row per line."""
    data = ", ".join(f"{name} {sets['size']}" for name, sets in measured.items())
    settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items())
    head = ["measured", "data", "against", "lastgood", "peer", "ratio, median (range)", "bar", "verdict"]
    rows = [head, ["---"] * len(head), *[row_of(line, judged=not options.quick) for line in lines]]
    return "\n".join([
        f"{datetime.date.today()}, {os.cpu_count()} cores, PostgreSQL {measured['mixed']['server']} ({settings}, otherwise default; its socket),",
        f"databases: {data} ({options.tables} tables). Rounds: {options.rounds}; every number is a median, a ratio is taken within its round.",
        "", *["| " + " | ".join(row) + " |" for row in rows]])


def row_of(line, judged):
    ours = f"{statistics.median(line.ours):.4g} {line.unit}"
    bar = str(line.bar) if line.bar else ""
    if line.theirs is None:
        return [line.title, line.data, line.peer, ours, "not installed", "", bar, ""]
    verdict = VERDICTS[line.met() if judged else None]
    return [line.title, line.data, line.peer, ours, f"{statistics.median(line.theirs):.4g} {line.unit}", ratio_of(line), bar, verdict]


def ratio_of(line):
    ratios = line.ratios()
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def verdicts(lines):
    """A sentence per bar."""
    return "\n".join(f"the bar is {'met' if line.met() else 'NOT met'}: {line.title}, {line.data}, against {line.peer}: {ratio_of(line)}, {line.bar}"
                     for line in lines if line.bar)


def write_to_readme(text):
    readme = ROOT / "README.md"
    old = readme.read_text()
    if BEGIN not in old:
        raise RuntimeError(f"{readme} has no place for the table: {BEGIN}")
    region = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    readme.write_text(region.sub(lambda _: f"{BEGIN}\n{text}\n{END}", old, count=1))
