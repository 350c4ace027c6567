"""The closing lines count everything, and nothing slips through."""

from pathlib import Path

from rig.suite.groups import confirmed
from rig.suite.report import GroupResult, allowed_skips, closing_lines, verdict
from rig.suite.results import Outcome, Status, failed, from_junit, passed

JUNIT = """<testsuites><testsuite>
<testcase classname="a.B" name="works"/>
<testcase classname="a.B" name="breaks"><failure message="expected 1&#10;got 2"/></testcase>
<testcase classname="a.B" name="explodes"><error>no message</error></testcase>
<testcase classname="a.B" name="waits"><skipped message="no tmpfs here"/></testcase>
</testsuite></testsuites>
"""


def _result(*outcomes: Outcome) -> GroupResult:
    return GroupResult("e2e", 60, 12.0, Path("e2e.log"), outcomes)


def test_junit_outcomes_carry_name_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    file.write_text(JUNIT)
    assert from_junit([file]) == [
        passed("a.B.works"),
        failed("a.B.breaks", "expected 1"),
        failed("a.B.explodes", "no message"),
        Outcome("a.B.waits", Status.SKIPPED, "no tmpfs here"),
    ]


def test_last_line_counts_all_groups() -> None:
    lines = closing_lines([_result(passed("a"), failed("b", "why")), _result(passed("c"))], [])
    assert lines[-1] == "2 passed, 1 failed, 0 skipped"
    assert "FAILED e2e: b: why" in lines


def test_a_failure_a_silent_tool_and_an_empty_group_each_fail_the_run() -> None:
    assert verdict([_result(failed("b", "why"))], strict=False) == ["e2e: 1 failed"]
    assert verdict([_result()], strict=False) == ["e2e: ran nothing"]
    assert confirmed([passed("a")], "pytest", 3) == [passed("a"), failed("pytest", "exit status 3")]


def test_only_listed_skips_pass_a_strict_run() -> None:
    skip = Outcome("d", Status.SKIPPED, "a reason that nobody listed")
    assert verdict([_result(passed("a"), skip)], strict=False) == []
    assert "nobody listed" in verdict([_result(passed("a"), skip)], strict=True)[0]


def test_list_of_allowed_skips_ignores_comments(tmp_path: Path) -> None:
    file = tmp_path / "allowed.txt"
    file.write_text("# why\n\nno tmpfs .*\n")
    assert [pattern.pattern for pattern in allowed_skips(file)] == ["no tmpfs .*"]
