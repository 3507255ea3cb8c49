"""The files that a step appends to: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH, GITHUB_STEP_SUMMARY, read by the runner's rules."""
import uuid

SUMMARY_LIMIT = 1024 * 1024


class BadFile(Exception):
    pass


def read_line(text, at):
    """(line, end of it, has a newline), or None at the end. On Linux only a line feed ends a line."""
    if at >= len(text):
        return None
    end = text.find("\n", at)
    return (text[at:], len(text), False) if end < 0 else (text[at:end], end + 1, True)


def key_values(text):
    """NAME=VALUE, or NAME<<DELIMITER and lines up to DELIMITER. The last of a name wins. Anything else is a BadFile."""
    found, at = {}, 0
    while (read := read_line(text, at)) is not None:
        line, at, _ = read
        if not line:
            continue
        equals, here = line.find("="), line.find("<<")
        if equals >= 0 and (here < 0 or equals < here):
            name, value = line.split("=", 1)
        elif here >= 0:
            name, delimiter = line.split("<<", 1)
            if not name or not delimiter:
                raise BadFile(f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty")
            begin = end = at
            while True:
                read = read_line(text, at)
                if read is None:
                    raise BadFile(f"Invalid value. Matching delimiter not found '{delimiter}'")
                line, at, newline = read
                if line == delimiter:
                    break
                if not newline:
                    raise BadFile("Invalid value. EOF marker missing new line.")
                end = at - 1
            value = text[begin:end]
        else:
            raise BadFile(f"Invalid format '{line}'")
        found[name] = value
    return found


class StepFiles:
    """Fresh files for one step."""

    NAMES = {"GITHUB_OUTPUT": "set_output", "GITHUB_ENV": "set_env", "GITHUB_STATE": "save_state", "GITHUB_PATH": "add_path",
             "GITHUB_STEP_SUMMARY": "step_summary"}

    def __init__(self, temp):
        directory = temp / "_runner_file_commands"
        directory.mkdir(exist_ok=True)
        self.paths = {name: directory / f"{prefix}_{uuid.uuid4()}" for name, prefix in self.NAMES.items()}
        for path in self.paths.values():
            path.touch()

    def environment(self):
        return {name: str(path) for name, path in self.paths.items()}

    def take(self, log):
        """What the step left: (outputs, variables, directories, summary). A bad file is an error that fails the step."""
        outputs, variables, directories = {}, {}, []
        for name, into in (("GITHUB_OUTPUT", outputs), ("GITHUB_ENV", variables), ("GITHUB_STATE", {})):
            try:
                into.update(key_values(self.text(name)))
            except BadFile as bad:
                log.error(f"Unable to process file command '{name.removeprefix('GITHUB_').lower()}' successfully.")
                log.error(str(bad))
                log.failed = True
        if variables.pop("NODE_OPTIONS", None) is not None:
            log.error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
            log.failed = True
        directories = [line for line in self.text("GITHUB_PATH").splitlines() if line]
        return outputs, variables, directories, self.summary(log)

    def summary(self, log):
        size = self.paths["GITHUB_STEP_SUMMARY"].stat().st_size
        if size > SUMMARY_LIMIT:
            log.error(f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {SUMMARY_LIMIT // 1024}k, got {size // 1024}k.")
            return ""
        return "".join(log.masks.clean(line) + "\n" for line in self.text("GITHUB_STEP_SUMMARY").splitlines())

    def text(self, name):
        """A step may have removed a file; then it said nothing."""
        path = self.paths[name]
        return path.read_bytes().decode("utf-8-sig", "replace") if path.exists() else ""
