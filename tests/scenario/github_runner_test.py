"""The runner of the tests (github_runner.py) against what GitHub's own does: also with what a step should not have done."""
import pathlib
import shutil
import sys
import tempfile
import textwrap
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chain import App, wait_until  # noqa: E402
from github_expressions import BadExpression, Expressions, parts  # noqa: E402
from github_file_commands import BadFile, key_values  # noqa: E402
from github_log import Commands, Masks, StepLog  # noqa: E402
from github_process import tracked  # noqa: E402
from github_runner import BadWorkflow, Runner  # noqa: E402

BASH = "{ shell: bash, run: "


class Files(unittest.TestCase):
    """GITHUB_OUTPUT and GITHUB_ENV."""

    def test_both_forms_are_read_and_the_last_of_a_name_wins(self):
        self.assertEqual(key_values("a=1\n\nb<<END\nx\ny=<<z\n\nEND\na=2=3\n"), {"a": "2=3", "b": "x\ny=<<z\n"})
        self.assertEqual(key_values("a=b<<c\n"), {"a": "b<<c"})
        self.assertEqual(key_values("a<<END\nEND"), {"a": ""})
        self.assertEqual(key_values("a=1\r\n"), {"a": "1\r"})

    def test_anything_else_is_refused(self):
        for text, words in {"a line\n": "Invalid format", "<<END\nx\nEND\n": "must not be empty", "a<<\nx\n": "must not be empty",
                            "a<<END\nx\n": "delimiter not found", "a<<END\nx END": "EOF marker missing new line", "a<<END\nx\nEND \n": "delimiter not found"}.items():
            with self.subTest(text=text), self.assertRaisesRegex(BadFile, words):
                key_values(text)


class Lines(unittest.TestCase):
    """Workflow commands."""

    def setUp(self):
        self.masks, self.commands = Masks(), Commands()

    def log(self, *lines):
        log = StepLog(self.masks, self.commands)
        for line in lines:
            log.line(line)
        return log

    def test_the_new_form_stands_at_the_beginning_and_the_old_one_anywhere(self):
        log = self.log("  ::error file=a%2Cb,line=3::x%0Ay", "said ::error::no", "12:00 ##[warning file=a%3Bb;line=3]x%5D", "::nonsense::x", "##[nonsense]x")
        self.assertEqual(log.annotations, [{"type": "error", "file": "a,b", "line": "3", "message": "x\ny"},
                                           {"type": "warning", "file": "a;b", "line": "3", "message": "x]"}])
        self.assertEqual(log.lines[1:2] + log.lines[3:], ["said ::error::no", "::nonsense::x", "##[nonsense]x"])

    def test_ten_annotations_of_a_type_and_4096_characters(self):
        log = self.log(*["::error::x"] * 11, "::notice::" + "y" * 5000)
        self.assertEqual([sum(each["type"] == kind for each in log.annotations) for kind in ("error", "notice")], [10, 1])
        self.assertEqual(len(log.annotations[-1]["message"]), 4096)
        self.assertEqual(len(log.lines), 12)

    def test_masks_hide_every_line_and_what_is_encoded(self):
        log = self.log("::add-mask::se%0Acret&word", "the cret&word, cret%26word, c2U=", "se and se")
        self.assertEqual(log.lines, ["the ***, ***, ***", "*** and ***"])
        self.assertIn("empty string", self.log("::add-mask::").annotations[0]["message"])

    def test_stopped_commands_stay_stopped_until_their_token(self):
        log = self.log("::stop-commands::token-1", "::error::a", "##[error]b")
        self.assertEqual(log.annotations, [])
        self.assertEqual(self.log("::error::c").annotations, [], "the next step of the job")
        self.assertEqual(len(self.log("::token-1::", "::error::d").annotations), 1)

    def test_a_stop_without_a_token_of_its_own_and_a_command_that_is_off_fail_the_step(self):
        for line in ("::stop-commands::", "::stop-commands::error", "::set-env name=A::b", "##[add-path]/bin"):
            with self.subTest(line=line):
                self.assertTrue(self.log(line).failed)


class Expression(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.expressions = Expressions()
        cls.addClassCleanup(cls.expressions.close)

    def test_templates_are_filled_by_githubs_own_library(self):
        context = {"env": {"A": "b"}, "inputs": {"on": True, "none": ""}}
        for template, text in {"x ${{ env.A }}-${{ inputs.on }}": "x b-true", "${{ inputs.none || 'd' }}": "d", "${{ '}}' }}": "}}", 3: "3",
                               "${{ format('{0}{1}', env.A, env.missing) }}": "b", "${{ contains(fromJSON('[\"x\"]'), 'X') }}": "true"}.items():
            with self.subTest(template=template):
                self.assertEqual(self.expressions.text(template, context), text)

    def test_what_is_not_known_is_refused(self):
        for template in ("${{ secrets.A }}", "${{ nothing() }}", "${{ env.A", "${{ 1 + 1 }}"):
            with self.subTest(template=template), self.assertRaises(BadExpression):
                self.expressions.text(template, {"env": {}})

    def test_a_condition_wants_success_unless_it_asks_for_another_status(self):
        for value, truth in {None: (1, 0, 0), "always()": (1, 1, 1), "failure()": (0, 1, 0), "cancelled()": (0, 0, 1), "!cancelled()": (1, 1, 0),
                             "${{ env.A == 'b' }}": (1, 0, 0), "env.A == 'x' || failure()": (0, 1, 0), False: (0, 0, 0), "'always()'": (1, 0, 0)}.items():
            for status, wanted in zip(("success", "failure", "cancelled"), truth):
                with self.subTest(value=value, status=status):
                    self.assertEqual(self.expressions.condition(value, {"env": {"A": "b"}}, status), bool(wanted))

    def test_a_condition_that_is_a_text_is_refused(self):
        with self.assertRaises(BadExpression):
            self.expressions.condition("${{ env.A }} == 'b'", {"env": {"A": "x"}}, "success")

    def test_parts(self):
        self.assertEqual(parts("a${{ b }}c"), [(True, "a"), (False, "b"), (True, "c")])


class Runs(unittest.TestCase):
    """Workflows of a few lines, in a repository of one commit."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lg-gh-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.app = App(self.root)
        self.app.write("file", "text")
        self.app.commit()

    def runner(self, jobs, top="on: push", **more):
        path = self.root / "workflow.yml"
        path.write_text(f"{top}\njobs:\n" + textwrap.indent(textwrap.dedent(jobs), "  "))
        runner = Runner(path, self.app.remote, self.root / "runner", **more)
        self.addCleanup(runner.close)
        return runner

    def job(self, *steps, more=""):
        return "a:\n  runs-on: x\n" + more + "  steps:\n" + "".join(f"    - {step}\n" for step in steps)

    def test_a_step_is_bash_without_a_terminal_on_a_machine_of_its_own(self):
        run = self.runner(self.job("uses: actions/checkout@x", BASH + "'cat file; [ -t 1 ] || echo no terminal; git rev-parse --abbrev-ref HEAD; env'}",
                                   BASH + "'false | true; echo went on'}", BASH + "echo never}", "{ if: always(), run: 'false | true; echo went on'}")).run()
        job = run.jobs["a"]
        for words in ("text", "no terminal", "main", "GITHUB_RUN_ATTEMPT=1", "RUNNER_TEMP=", "CI=true", "GITHUB_SHA=" + self.app.git("rev-parse", "HEAD")):
            self.assertIn(words, job.steps[1].text)
        self.assertNotIn("LASTGOOD", job.log)
        self.assertEqual([step.outcome for step in job.steps], ["success", "success", "failure", "skipped", "success"])
        self.assertIn("Process completed with exit code 1.", job.steps[2].text)
        self.assertEqual(run.result, "failure")
        self.assertEqual([path.name for path in (self.root / "runner").iterdir() if path.name.startswith("job-")], [])

    def test_outputs_go_to_later_steps_and_jobs_unless_a_mask_changes_them(self):
        run = self.runner("""
            a:
              runs-on: x
              outputs: { one: "${{ steps.s.outputs.one }}", two: "${{ steps.s.outputs.two }}" }
              steps:
                - { id: s, run: 'echo one=plain >> $GITHUB_OUTPUT; echo two=a hidden word >> $GITHUB_OUTPUT; echo "V=1" >> $GITHUB_ENV; echo sum >> $GITHUB_STEP_SUMMARY' }
                - run: echo "${{ steps.s.outputs.two }} $V"
            b: { needs: a, runs-on: x, steps: [ run: "echo ${{ needs.a.outputs.one }}/${{ needs.a.outputs.two }}/$V" ] }
            """, secrets={"S": "hidden"}).run()
        self.assertIn("a *** word 1", run.jobs["a"].log)
        self.assertIn("Skip output 'two'", run.jobs["a"].log)
        self.assertIn("plain//\n", run.jobs["b"].log + "\n")
        self.assertEqual(run.jobs["a"].summary, "sum\n")

    def test_a_bad_line_in_a_file_and_a_summary_that_is_too_long(self):
        run = self.runner(self.job("run: echo nonsense >> $GITHUB_OUTPUT", "{ if: always(), run: 'head -c 1048577 /dev/zero >> $GITHUB_STEP_SUMMARY' }")).run()
        self.assertEqual([step.outcome for step in run.jobs["a"].steps], ["failure", "success"])
        self.assertIn("Unable to process file command 'output' successfully.", run.jobs["a"].log)
        self.assertIn("upload aborted", run.jobs["a"].log)
        self.assertEqual(run.jobs["a"].summary, "")

    def test_needs_and_conditions_and_the_rerun_of_what_failed(self):
        runner = self.runner("""
            a: { runs-on: x, steps: [ run: true ] }
            b: { needs: a, runs-on: x, steps: [ run: '[ "$GITHUB_RUN_ATTEMPT" = 2 ]' ] }
            c: { needs: b, runs-on: x, steps: [ run: true ] }
            d: { needs: c, if: failure(), runs-on: x, steps: [ run: true ] }
            e: { needs: [b], if: "always() && needs.b.result != 'success'", environment: night, runs-on: x, steps: [ run: true ] }
            """)
        run = runner.run()
        self.assertEqual({name: job.result for name, job in run.jobs.items()}, {"a": "success", "b": "failure", "c": "skipped", "d": "success", "e": "success"})
        self.assertEqual(run.waited_for, ["night"])
        again = runner.rerun_failed(run)
        self.assertEqual({name: job.result for name, job in again.jobs.items()}, {"a": "success", "b": "success", "c": "success", "d": "skipped", "e": "skipped"})
        self.assertIs(again.jobs["a"], run.jobs["a"])

    def test_a_job_whose_approval_is_refused_fails_before_it_begins(self):
        run = self.runner(self.job("run: true", more="  environment: { name: production }\n")).run(approve=lambda name: name != "production")
        self.assertEqual((run.result, run.jobs["a"].steps), ("failure", []))

    def test_inputs_of_a_dispatch(self):
        runner = self.runner(self.job("run: 'echo ${{ inputs.what }}-${{ inputs.sure }}'"),
                             top="on: { workflow_dispatch: { inputs: { what: { type: choice, options: [x, y], required: true }, sure: { type: boolean } } } }")
        self.assertIn("x-false", runner.run("workflow_dispatch", {"what": "x"}).jobs["a"].log)
        for event, inputs in (("push", {}), ("workflow_dispatch", {"what": "z"}), ("workflow_dispatch", {"other": "x"})):
            with self.subTest(inputs=inputs), self.assertRaises(BadWorkflow):
                runner.run(event, inputs)

    def test_a_composite_action(self):
        action = self.root / "action"
        action.mkdir()
        (action / "action.yml").write_text(textwrap.dedent("""
            inputs: { word: { required: true }, other: { default: "${{ 'd' }}" } }
            outputs: { said: { value: "${{ steps.x.outputs.said }}" } }
            runs:
              using: composite
              steps:
                - { id: x, shell: bash, env: { W: "${{ inputs.word }}", R: "${{ github.action_repository }}" }, run: 'echo "said=$W-$R-${GITHUB_ACTION_REPOSITORY:-}" >> $GITHUB_OUTPUT; ls "$GITHUB_ACTION_PATH"' }
                - { if: failure(), shell: bash, run: echo never }
            """))
        self.app.git("init", "-q", cwd=action)
        run = self.runner(self.job("{ id: c, uses: o/a@v, with: { word: w, wrong: x } }", 'run: echo "${{ steps.c.outputs.said }}"'), actions={"o/a": action}).run()
        self.assertIn("w-o/a-\n", run.jobs["a"].log + "\n")
        self.assertIn("Unexpected input(s) 'wrong'", run.jobs["a"].log)
        self.assertNotIn("never", run.jobs["a"].log)
        with self.assertRaises(BadWorkflow):
            self.runner(self.job("uses: o/unknown@v")).run()

    def test_what_is_not_known_here_is_refused(self):
        for jobs in (self.job("run: x", more="  strategy: { matrix: { a: [1] } }\n"), self.job("{ run: x, uses: y }"), self.job("{ run: x, using: y }"),
                     "a: { needs: b, runs-on: x, steps: [ run: x ] }"):
            with self.subTest(jobs=jobs), self.assertRaises(BadWorkflow):
                self.runner(jobs).run()

    # --- cancel ----------------------------------------------------------------------------------------------------------------

    def cancelled(self, script, more=()):
        begun = self.root / "begun"
        begun.unlink(missing_ok=True)
        runner = self.runner(self.job(f"{{ shell: bash, run: {script!r}, env: {{ BEGUN: {begun} }} }}", *more))
        run = runner.run(cancel_when=begun.exists)
        return run, run.jobs["a"], time.monotonic() - run.cancelled_at

    def test_a_process_that_took_the_scripts_place_hears_of_a_cancel_at_once(self):
        run, job, took = self.cancelled("touch $BEGUN; exec sleep 60", ["run: echo never", "{ if: always(), run: echo still }"])
        self.assertLess(took, 7, "SIGTERM would come at 7.5 s")
        self.assertEqual((run.result, [step.outcome for step in job.steps]), ("cancelled", ["cancelled", "skipped", "success"]))

    def test_one_that_the_script_waits_for_hears_nothing_and_is_killed_at_the_end_of_the_job(self):
        run, job, took = self.cancelled("(touch $BEGUN; exec sleep 60); true", ["{ if: cancelled(), run: pgrep -x sleep -u $(id -u) }"])
        self.assertGreater(took, 7.5, "SIGTERM ends the shell, not SIGINT")
        self.assertEqual(job.steps[1].outcome, "success", "it runs on beside the next step")
        self.assertEqual(job.killed, ["sleep"])

    def test_one_that_ignores_both_signals_is_killed(self):
        run, job, took = self.cancelled("trap '' INT TERM; touch $BEGUN; while true; do sleep 0.1; done")
        self.assertTrue(10 < took < 25, took)
        self.assertEqual(job.steps[0].outcome, "cancelled")
        wait_until(lambda: not tracked(job.tracking), what="nothing is left")


if __name__ == "__main__":
    unittest.main()
