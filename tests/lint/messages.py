"""The grammar of failures (common/core/failure.hpp), held against every literal that is given to one.

What happened begins lower-case, is one line and has no full stop; changed and next are never empty; next ends without a full stop.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MADE = re.compile(r"\bFailure(?:\s+\w+)?\s*([({])|\breturn\s*(\{)(?=\s*ExitCode::)")
LITERAL = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:[^"\\]|\\.)*)"', re.S)
# Words that are written with a capital wherever they stand.
NAMES = {"AWS", "LASTGOOD_DEVELOPMENT_URL", "RDS", "Heroku", "HEROKU_API_KEY", "PostgreSQL", "Django", "Alembic", "Rails", "SQL", "HEAD", "YAML", "JSON", "HTTP", "URL"}


def arguments(text, start):
    """The arguments behind the bracket at `start`, split at the commas of its own level; none if it never closes."""
    found, depth, begin, at = [], 0, start + 1, start
    while at < len(text):
        literal = LITERAL.match(text, at)
        if literal:
            at = literal.end()
            continue
        if text[at] in "({[":
            depth += 1
        elif text[at] in ")}]":
            depth -= 1
            if depth == 0:
                return found + [text[begin:at].strip()]
        elif text[at] == "," and depth == 1:
            found.append(text[begin:at].strip())
            begin = at + 1
        at += 1
    return []


def parts(argument):
    """The words of the literals in an argument, whether it begins with one, and whether it ends with one."""
    literals = list(LITERAL.finditer(argument))
    texts = [m[2] if m[2] is not None else m[3] for m in literals]
    begins = bool(literals) and literals[0].start() == 0
    ends = bool(literals) and literals[-1].end() == len(argument)
    return texts, begins, ends


def of_what(argument):
    texts, begins, ends = parts(argument)
    if begins and texts:
        first = re.match(r"\w+", texts[0])
        if first and first[0][0].isupper() and first[0] not in NAMES:
            yield f'"{first[0]}" begins what happened with a capital'
    if ends and texts[-1].endswith("."):
        yield "what happened ends with a full stop"
    if any("\\n" in text for text in texts):
        yield "what happened has more than one line: the rest is detail"


def of_rest(name, argument):
    texts, begins, ends = parts(argument)
    if begins and ends and not "".join(texts).strip():
        yield f"{name} is empty"
    if name == "next" and ends and texts and re.search(r"[^.]\.$", texts[-1]):
        yield "next ends with a full stop"


def complaints():
    count = 0
    for path in sorted(p for pattern in ("common/*/*.[ch]pp", "steps/*/*.[ch]pp") for p in ROOT.glob(pattern)):
        text = path.read_text()
        for match in MADE.finditer(text):
            given = arguments(text, match.end() - 1)
            if len(given) != 4 or text[: match.start()].endswith(("class ", "struct ", "explicit ")):
                continue
            count += 1
            _, what, changed, following = given
            line = text.count("\n", 0, match.start()) + 1
            for complaint in (*of_what(what), *of_rest("changed", changed), *of_rest("next", following)):
                yield count, f"{path.relative_to(ROOT)}:{line}: {complaint}"
        yield count, ""


def main():
    found, count = [], 0
    for count, complaint in complaints():
        if complaint:
            found.append(complaint)
    print("\n".join(found) if found else f"{count} failures say what happened, what was changed and what comes next")
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
