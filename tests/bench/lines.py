"""What is held against what, and the bars. A line has one value of either side per round; a bar is for the median of their ratios."""
import dataclasses
import statistics

from capture import JOBS

MIB = 1024 ** 2
MEMORY, MEMORY_OF_A_ROW = 256 * MIB, 2.5


@dataclasses.dataclass
class Bar:
    limit: float
    at_least: bool = False   # of peer / ours; otherwise at most, of ours / peer

    def __str__(self):
        return f"at least {self.limit:g} times faster" if self.at_least else f"at most {self.limit:g}"


@dataclasses.dataclass
class Line:
    title: str
    data: str
    peer: str
    ours: list
    theirs: list             # None: the peer is not installed
    unit: str = "s"
    bar: Bar = None          # None: reported

    def ratios(self):
        upside_down = self.bar and self.bar.at_least
        return [their / our if upside_down else our / their for our, their in zip(self.ours, self.theirs)]

    def met(self):
        if not self.bar:
            return None
        median = statistics.median(self.ratios())
        return median >= self.bar.limit if self.bar.at_least else median <= self.bar.limit


def at_most(limit):
    return Bar(limit)


def times_faster(limit):
    return Bar(limit, at_least=True)


NOT_SLOWER = at_most(1)


def lines_of(measured):
    """`measured[data set][contender]` is what each round measured, None if the contender is not installed."""

    def values(data, contender, field="seconds"):
        rounds = measured[data][contender]
        return rounds and [getattr(one, field) for one in rounds]

    def in_mib(data, contender, field):
        return [octets / MIB for octets in values(data, contender, field)]

    parallel_dump, parallel_restore = f"pg_dump -Fd -j{JOBS}", f"pg_restore -j{JOBS}"
    for data in ("mixed", "skewed"):
        ours = values(data, "capture")
        yield Line("capture", data, "the limit: raw parallel COPY, zstd -1", ours, values(data, "limit"), bar=at_most(1.3))
        yield Line("the action of it alone", data, "the limit", values(data, "capture", "action"), values(data, "limit"))
        yield Line("capture", data, parallel_dump, ours, values(data, "pg_dump -Fd"), bar=times_faster(3.5) if data == "skewed" else None)
        both = [dump + restore for dump, restore in zip(values(data, "pg_dump -Fd"), values(data, "pg_restore -j"))]
        yield Line("capture and proof", data, f"{parallel_dump}, {parallel_restore}", values(data, "proof"), both, bar=NOT_SLOWER)
        restored = values(data, "proof", "restore")
        yield Line("restore", data, parallel_restore, restored, values(data, "pg_restore -j"), bar=times_faster(1.1))
        yield Line("restore", data, "pg_restore", restored, values(data, "pg_restore"), bar=times_faster(1.6))
    yield Line("capture", "mixed", "pg_dump -Fc", values("mixed", "capture"), values("mixed", "pg_dump -Fc"))
    yield Line("capture, encrypted by age", "mixed", "the same without", values("mixed", "encrypted"), values("mixed", "capture"), bar=at_most(1.3))
    yield Line("size", "mixed", "pg_dump -Fc", in_mib("mixed", "capture", "bytes"), in_mib("mixed", "pg_dump -Fc", "bytes"), "MiB", at_most(0.9))
    yield Line("capture", "small tables", parallel_dump, values("small tables", "capture"), values("small tables", "pg_dump -Fd"), bar=NOT_SLOWER)
    for data in ("mixed", "skewed"):
        for title, contender in (("memory of a capture", "capture"), ("memory of capture and proof", "proof")):
            peaks = in_mib(data, contender, "memory")
            allowed = (MEMORY + MEMORY_OF_A_ROW * measured[data]["widest row"] * JOBS) / MIB
            yield Line(title, data, f"256 MiB and {MEMORY_OF_A_ROW} of the widest row per worker", peaks, [allowed] * len(peaks), "MiB", at_most(1))
    for title, contender in (("memory of a capture", "capture"), ("memory of capture and proof", "proof")):
        yield Line(title, "mixed", "the same with a tenth of the data", in_mib("mixed", contender, "memory"),
                   in_mib("a tenth of mixed", contender, "memory"), "MiB", at_most(1.25))
    yield Line("capture and proof", "mixed", "pgcopydb clone", values("mixed", "proof"), values("mixed", "pgcopydb"))
    yield Line("capture", "mixed", "pgbackrest backup", values("mixed", "capture"), values("mixed", "pgbackrest"))
