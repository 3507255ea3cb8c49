"""The ready pipelines are read by the program as it is, with nothing but the variables set that they name."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import BIN, ROOT  # noqa: E402

READY = sorted((ROOT / "pipelines").glob("*.yaml"))
REFERENCE = (ROOT / "pipelines/README.md").read_text()
SCHEMA = json.loads((ROOT / "pipelines/schema/pipeline.schema.json").read_text())


def variables_of(pipeline):
    """What each variable that a pipeline names may hold: the reader looks at the form of a URL."""
    return {name: {"APP_URL": "http://127.0.0.1", "HOTFIX": "a.sql", "HOTFIX_ROWS": "3"}.get(name, "postgres://owner@127.0.0.1/app")
            for name in re.findall(r"\$\{(\w+)\}", pipeline.read_text()) if name != "LASTGOOD_STORE"}


class ReadyPipelines(unittest.TestCase):
    def status(self, pipeline, variables):
        with tempfile.TemporaryDirectory(prefix="lg-test-") as store:
            bare = {name: os.environ[name] for name in ("PATH", "LSAN_OPTIONS", "ASAN_OPTIONS", "UBSAN_OPTIONS")
                    if name in os.environ}
            return subprocess.run([BIN / "lastgood", "status", "--pipeline", pipeline], text=True, capture_output=True,
                                  cwd=store, env={**bare, "LASTGOOD_STORE": store, **variables})

    def test_there_are_some(self):
        self.assertEqual([path.name for path in READY], ["django-elastic-beanstalk.yaml", "django-heroku.yaml", "django.yaml", "hotfix.yaml", "sql.yaml"])

    def test_each_is_read(self):
        for pipeline in READY:
            with self.subTest(pipeline.name):
                done = self.status(pipeline, variables_of(pipeline))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("no run of", done.stdout)

    def test_each_says_which_variable_is_missing(self):
        for pipeline in READY:
            with self.subTest(pipeline.name):
                variables = variables_of(pipeline)
                missing, key = ("DATABASE_URL", "url") if "DATABASE_URL" in variables else ("APP_URL", "url")
                del variables[missing]
                done = self.status(pipeline, variables)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(f"environment variable {missing}, named by {key}, is not set", done.stderr)

    def test_each_explains_every_variable_that_it_names(self):
        for pipeline in READY:
            comment = "\n".join(line for line in pipeline.read_text().splitlines() if line.startswith("#"))
            for name in set(re.findall(r"\$\{(\w+)\}", pipeline.read_text())):
                self.assertIn(name, comment, pipeline.name)


def keys_of(schema):
    """The names of all properties, however deep."""
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties", {})
    return set(properties).union(*map(keys_of, [*properties.values(), *(value for key, value in schema.items() if key != "properties")]))


def keys_with(schema):
    """(key, schema) of all properties, however deep."""
    if isinstance(schema, list):
        return [found for each in schema for found in keys_with(each)]
    if not isinstance(schema, dict):
        return []
    return [*schema.get("properties", {}).items(),
            *(found for key, value in schema.items() for found in keys_with(list(value.values()) if key == "properties" else value))]


class Reference(unittest.TestCase):
    def test_it_names_every_key_of_the_schema(self):
        keys = keys_of(SCHEMA)
        self.assertIn("sequence_margin", keys)
        self.assertEqual([key for key in sorted(keys) if f"`{key}`" not in REFERENCE], [], "not in pipelines/README.md")

    def test_it_says_every_default_beside_its_key(self):
        def say(value):
            return f"[{', '.join(value)}]" if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)

        lines = REFERENCE.splitlines()
        defaults = {(key, say(schema["default"])) for key, schema in keys_with(SCHEMA) if "default" in schema}
        self.assertGreater(len(defaults), 50)
        self.assertEqual([each for each in sorted(defaults) if not any(f"`{each[0]}`" in line and f"`{each[1]}`" in line for line in lines)], [])


if __name__ == "__main__":
    unittest.main()
