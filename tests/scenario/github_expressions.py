"""`${{ }}` as GitHub evaluates it: by its own library, in a node that stays for as long as the runner does."""
import json
import pathlib
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "support/tools/github_expressions.mjs"


class BadExpression(Exception):
    pass


class Expressions:
    def __init__(self):
        self.node = subprocess.Popen(["node", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        self.node.stdin.close()
        self.node.wait(10)
        self.node.stdout.close()

    def ask(self, expression, context, status=None):
        request = {"expression": expression, "context": context} | ({"status": status} if status else {})
        self.node.stdin.write(json.dumps(request) + "\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        if not line:
            raise BadExpression("node ended: are the packages of tests/support/tools installed? tests/setup")
        answer = json.loads(line)
        if "error" in answer:
            raise BadExpression(f"{answer['error']}: {expression}")
        return answer

    def text(self, template, context):
        """A value of the YAML with its `${{ }}` filled in. What is no text (1, true) comes as GitHub writes it."""
        if isinstance(template, bool):
            return str(template).lower()
        if template is None:
            return ""
        return "".join(part if plain else self.ask(part, context)["text"] for plain, part in parts(str(template)))

    def condition(self, value, context, status):
        """An `if:`: without one, or without a status function in it, success() stands before it."""
        expression = "success()" if value is None else str(value).lower() if isinstance(value, bool) else str(value).strip()
        pieces = parts(expression)
        if len(pieces) == 1 and not pieces[0][0]:
            expression = pieces[0][1]
        elif any(not plain for plain, _ in pieces):
            # `${{ a }} && b` is a text, and a text that is not empty is true: GitHub does it, and nobody wants it.
            raise BadExpression(f"a condition that is partly an expression is always true: {value}")
        answer = self.ask(expression, context, status)
        if not answer["asks_status"]:
            answer = self.ask(f"success() && ({expression})", context, status)
        return bool(answer["value"])


def parts(template):
    """[(is plain, text)]: what stands between the expressions, and the expressions. A text of theirs may hold `}}`."""
    found, at = [], 0
    while (begin := template.find("${{", at)) >= 0:
        if begin > at:
            found.append((True, template[at:begin]))
        end, quoted = begin + 3, False
        while quoted or template[end:end + 2] != "}}":
            if end >= len(template):
                raise BadExpression(f"an expression is not closed: {template}")
            quoted ^= template[end] == "'"
            end += 1
        found.append((False, template[begin + 3:end].strip()))
        at = end + 2
    if at < len(template):
        found.append((True, template[at:]))
    return found
