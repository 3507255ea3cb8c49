"""The lines as a Markdown table, and its place in the repository's README.md."""
import datetime
import os
import re
import statistics

from data_sets import SETTINGS
from world import ROOT

END = "<!-- /bench -->"
VERDICTS = {None: "", True: "met", False: "**not met**"}


def markdown(lines, server, data, rounds, judged):
    """Where and when it was measured, and a row per line. `data`: what there was, in words."""
    settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items())
    head = ["measured", "data", "against", "lastgood", "peer", "ratio, median (range)", "bar", "verdict"]
    rows = [head, ["---"] * len(head), *[row_of(line, judged) for line in lines]]
    return "\n".join([
        f"{datetime.date.today()}, {os.cpu_count()} cores, PostgreSQL {server} ({settings}, otherwise default),",
        f"{data}. Rounds: {rounds}; every number is a median, a ratio is taken within its round.",
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


def write_to_readme(place, text):
    """`place`: "restore-points", as it stands in the README's comment."""
    readme, begin = ROOT / "README.md", f"<!-- bench:{place} -->"
    old = readme.read_text()
    if begin not in old:
        raise RuntimeError(f"{readme} has no place for the table: {begin}")
    region = re.compile(re.escape(begin) + ".*?" + re.escape(END), re.DOTALL)
    readme.write_text(region.sub(lambda _: f"{begin}\n{text}\n{END}", old, count=1))
