"""The include graph is the link graph: holds every #include "folder/..." against common/CMakeLists.txt.

Also: what each outside library may be known by, that nothing but the doors in outside/ reads the process environment, and
that no two headers define a type of one name: the linker would take one's functions for the other's.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMON = ROOT / "common"

# A library's header may be included only below these folders.
WALLS = {
    r"pqxx/": ["common/database"],
    r"libpq-fe": ["common/database", "common/gate"],
    r"git2": ["common/git"],
    r"yaml-cpp/": ["common/pipeline"],
    r"spdlog/": ["common/outside"],
    r"CLI/": ["common/command_line"],
    r"curl/": ["common/outside"],
    r"openssl/": ["common/outside"],
}
# The doors: calls that belong to outside/ alone.
DOORS = re.compile(r"(?<![\w:.>])(std::)?(getenv|setenv|putenv|system|popen|fork|vfork)\s*\(")
# Where a door is opened elsewhere, and why.
OPENED = {
    "steps/lastgood/siblings.cpp": "becomes a sibling program",
}


def links():
    graph = {}
    for line in (COMMON / "CMakeLists.txt").read_text().splitlines():
        match = re.match(r"lastgood_folder\((\w+)(?:\s+FOLDERS\s+([\w:\s]+?))?(?:\s+LIBRARIES.*)?\)", line)
        if match:
            graph[match[1]] = {name for name in (match[2] or "").split() if "::" not in name}
    return graph


def reachable(graph, folder):
    seen, todo = {folder}, [folder]
    while todo:
        for other in graph[todo.pop()]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def complaints():
    graph = links()
    sources = [p for pattern in ("common/*/*.[ch]pp", "steps/*/*.[ch]pp") for p in ROOT.glob(pattern)]
    for path in sorted(sources):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text()
        folder = path.parent.name
        allowed = reachable(graph, folder) if path.is_relative_to(COMMON) else set(graph)
        for line, content in enumerate(text.splitlines(), 1):
            include = re.match(r'\s*#include\s+["<]([^">]+)[">]', content)
            if include:
                first = include[1].split("/")[0]
                if first in graph and first not in allowed:
                    yield f"{name}:{line}: {folder} may not include {include[1]} (common/CMakeLists.txt)"
                if first == "steps" and path.is_relative_to(COMMON):
                    yield f"{name}:{line}: common knows no step"
                if first == "steps" and include[1].split("/")[1] != folder:
                    yield f"{name}:{line}: steps never include each other"
                for library, homes in WALLS.items():
                    if re.match(library, include[1]) and not any(name.startswith(home + "/") for home in homes):
                        yield f"{name}:{line}: {include[1]} is known in {', '.join(homes)} only"
            elif DOORS.search(content.split("//")[0]) and not name.startswith("common/outside/") and name not in OPENED:
                yield f"{name}:{line}: a door outside of common/outside: {content.strip()}"


def doubles():
    """All is in one namespace."""
    homes = {}
    for path in sorted(p for pattern in ("common/*/*.hpp", "steps/*/*.hpp") for p in ROOT.glob(pattern)):
        name = path.relative_to(ROOT).as_posix()
        for defined in re.finditer(r"^(?:struct|class|enum class) (\w+)(?!\w|::)[^;{]*\{", path.read_text(), re.M):
            if defined[1] in homes:
                yield f"{name}: {defined[1]} is defined in {homes[defined[1]]} too"
            homes[defined[1]] = name


def main():
    found = [*complaints(), *doubles()]
    print("\n".join(found) if found else f"{len(links())} folders, every include along a link")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
