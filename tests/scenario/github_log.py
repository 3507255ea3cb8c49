"""What the runner makes of a step's lines: workflow commands in both forms, masks, annotations and their limits."""
import base64
import json
import threading
import urllib.parse

ISSUES = ("error", "warning", "notice")
COMMANDS = {*ISSUES, "debug", "group", "endgroup", "add-mask", "set-output", "save-state", "set-env", "add-path", "add-matcher",
            "remove-matcher", "echo", "stop-commands"}
MOST_OF_A_TYPE, LONGEST = 10, 4096


class Masks:
    """Of a job. A value is also hidden where it stands encoded; one of several lines, line by line."""

    def __init__(self):
        self.values = set()

    def add(self, value):
        for line in filter(str.strip, value.splitlines()):
            self.values |= {line, urllib.parse.quote(line, safe=""), json.dumps(line)[1:-1], base64.b64encode(line.encode()).decode()}

    def clean(self, text):
        hidden = [False] * len(text)
        for value in self.values:
            at = text.find(value)
            while at >= 0:
                hidden[at:at + len(value)] = [True] * len(value)
                at = text.find(value, at + 1)
        return "".join("***" if hide and not (at and hidden[at - 1]) else "" if hide else text[at] for at, hide in enumerate(hidden))


def unescape(text, more=()):
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, letter)
    return text


def parse_command(line, registered):
    """(name, properties, data) of `::name k=v,k=v::data` where the line begins with it, or of `##[name k=v;k=v]data` anywhere."""
    def known(inside, separator, more):
        name, _, rest = inside.partition(" ")
        if name.lower() not in registered:
            return None
        pairs = [pair.split("=", 1) for pair in rest.split(separator) if "=" in pair]
        return name.lower(), {key.strip(): unescape(value, more) for key, value in pairs}
    trimmed = line.lstrip()
    if trimmed.startswith("::") and (end := trimmed.find("::", 2)) >= 0:
        if found := known(trimmed[2:end], ",", (("%3A", ":"), ("%2C", ","))):
            return *found, unescape(trimmed[end + 2:])
    begin = line.find("##[")
    if begin >= 0 and (end := line.find("]", begin)) >= 0:
        if found := known(line[begin + 3:end], ";", (("%3B", ";"), ("%5D", "]"))):
            return *found, unescape(line[end + 1:], (("%3B", ";"), ("%5D", "]")))
    return None


class Commands:
    """Of a job: whether commands are obeyed at the moment. What a step leaves stopped stays stopped."""

    def __init__(self):
        self.registered, self.token = set(COMMANDS), None


class StepLog:
    """The log of one step, shared by its two streams."""

    def __init__(self, masks, commands, echo=None):
        self.masks, self.commands, self.echo = masks, commands, echo
        self.lines, self.annotations, self.debug, self.outputs, self.failed = [], [], [], {}, False
        self.lock = threading.Lock()

    def write(self, text):
        text = self.masks.clean(text)
        self.lines.append(text)
        if self.echo:
            self.echo(text)

    def error(self, message):
        self.issue("error", {}, message)

    def issue(self, kind, properties, message):
        message = self.masks.clean(message)
        self.write(f"##[{kind}]{message}")
        if sum(each["type"] == kind for each in self.annotations) < MOST_OF_A_TYPE:
            self.annotations.append({"type": kind, **properties, "message": message[:LONGEST]})

    def line(self, text):
        with self.lock:
            if not self.obey(text):
                self.write(text)

    def obey(self, text):
        """True if the line was a command. A name that is not registered makes it an ordinary line."""
        command = parse_command(text, self.commands.registered)
        if command is None:
            return False
        name, properties, data = command
        if self.commands.token is not None:
            if name != self.commands.token:
                return False
            self.commands.registered.discard(name)
            self.commands.token = None
            return True
        if name == "stop-commands":
            self.stop(data)
        elif name in ISSUES:
            self.issue(name, properties, data)
        elif name == "add-mask":
            self.masks.add(data) if data.strip() else self.issue("warning", {}, "Can't add secret mask for empty string in ##[add-mask] command.")
        elif name == "debug":
            self.debug.append(data)
        elif name in ("group", "endgroup"):
            self.write(f"##[{name}]{data if name == 'group' else ''}")
        elif name == "set-output" and properties.get("name"):
            self.outputs[properties["name"]] = data
        elif name in ("set-env", "add-path", "set-output"):
            self.error(f"Unable to process command '{text}' successfully.")
            self.failed = True
        return True

    def stop(self, token):
        if not token or token.lower() in COMMANDS or token == "pause-logging":
            self.error(f"Invalid token for stop-commands: '{token}'")
            self.failed = True
            return
        self.commands.token = token.lower()
        self.commands.registered.add(self.commands.token)
        if len(token) > 6:
            self.masks.add(token)
