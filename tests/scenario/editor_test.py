"""A pipeline in an editor: the real yaml-language-server, wired by the modeline alone, completes our keys and explains them."""
import json
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import ROOT  # noqa: E402

SERVER = ROOT / "tests/support/tools/node_modules/yaml-language-server/bin/yaml-language-server"
PIPELINE = """# yaml-language-server: $schema=lastgood.schema.json
format: 1
name: shop
environment: production
store: file:/var/lib/lastgood
database: { url: "${DATABASE_URL}" }
steps:
  - migrate:
      framework: sql
      lock_timeout: 2s
      |
  - rollback:
      max_lost: 0
"""


class LanguageServer:
    """Speaks its protocol over standard input and output; one question at a time."""

    def __init__(self, directory):
        self.process = subprocess.Popen(["node", SERVER, "--stdio"], cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.messages = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.number = 0
        self.ask("initialize", {"processId": None, "rootUri": directory.as_uri(), "workspaceFolders": [{"uri": directory.as_uri(), "name": "shop"}],
                                "capabilities": {"workspace": {"configuration": True}, "textDocument": {"hover": {"contentFormat": ["markdown"]}}}})
        self.send({"method": "initialized", "params": {}})

    def read(self):
        while True:
            length = 0
            while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            if not length:
                return self.messages.put(None)
            self.messages.put(json.loads(self.process.stdout.read(length)))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def ask(self, method, params):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        return self.next(lambda message: message.get("id") == self.number and "method" not in message)["result"]

    def next(self, wanted):
        """The next message that is; what the server asks of its editor meanwhile is answered."""
        while True:
            message = self.messages.get(timeout=120)
            if message is None:
                raise AssertionError("the server ended")
            if wanted(message):
                return message
            if message.get("method") == "workspace/configuration":
                settings = {"yaml": {"schemaStore": {"enable": False}, "completion": True, "hover": True, "validate": True}}
                self.send({"id": message["id"], "result": [settings.get(item.get("section")) for item in message["params"]["items"]]})
            elif "id" in message and "method" in message:
                self.send({"id": message["id"], "result": None})

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


class Editor(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lg-test-"))
        self.addCleanup(shutil.rmtree, self.directory)
        shutil.copy(ROOT / "pipelines/schema/pipeline.schema.json", self.directory / "lastgood.schema.json")
        self.server = LanguageServer(self.directory)
        self.addCleanup(self.server.close)

    def open(self, text):
        """Opens a pipeline; the place of its first "|", which is taken out."""
        before, _, after = text.partition("|")
        self.uri = (self.directory / "lastgood.yaml").as_uri()
        self.server.send({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": self.uri, "languageId": "yaml", "version": 1, "text": before + after}}})
        return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}

    def at(self, place):
        return {"textDocument": {"uri": self.uri}, "position": place}

    def test_it_completes_the_keys_of_a_step(self):
        found = self.server.ask("textDocument/completion", self.at(self.open(PIPELINE)))
        items = {item["label"]: item for item in found["items"]}
        self.assertLessEqual({"directory", "statement_timeout", "rehearse", "on_failure"}, set(items))
        self.assertNotIn("lock_timeout", items, "it is there already")
        self.assertNotIn("max_lost", items, "it is rollback's")
        self.assertIn("of every statement; 0s for none", json.dumps(items["statement_timeout"].get("documentation")))

    def test_it_completes_the_values_of_a_key(self):
        found = self.server.ask("textDocument/completion", self.at(self.open(PIPELINE.replace("framework: sql", "framework: |"))))
        self.assertLessEqual({"sql", "django", "alembic", "rails", "sqitch", "dbmate", "command"}, {item["label"] for item in found["items"]})

    def test_it_explains_a_key_with_an_example(self):
        place = self.open(PIPELINE.replace("      |\n", "").replace("lock_timeout", "lock_|timeout"))
        said = json.dumps(self.server.ask("textDocument/hover", self.at(place)))
        self.assertIn("of every statement of a migration that changes the schema", said)
        self.assertIn("500ms", said)

    def test_it_marks_what_the_program_refuses(self):
        self.open(PIPELINE.replace("      |\n", "").replace("lock_timeout", "lock_timeuot"))
        marked = self.server.next(lambda message: message.get("method") == "textDocument/publishDiagnostics" and message["params"]["diagnostics"])
        self.assertIn("lock_timeuot", json.dumps(marked))
        self.assertEqual(marked["params"]["diagnostics"][0]["range"]["start"], {"line": 9, "character": 6})


if __name__ == "__main__":
    unittest.main()
