# SPDX-License-Identifier: GPL-2.0
"""
Fixtures of all tests with guests, and their results: a line of TAP for each test, whose title is
the first line of its docstring (with its parameters filled in), its subtests, the evidence of a
failure, a plan, and a line of totals of each file.
"""
import shutil
import tempfile
import textwrap
from pathlib import Path

import pytest

import keel
import terminal


TRAPS = "AuthenticAMD" not in Path("/proc/cpuinfo").read_text(encoding="ascii")


def pytest_addoption(parser):
    # Defined by pytest's own reports, which are off, and used when it shows a comparison
    parser.addoption("--verbosity", dest="verbose", type=int, default=1)


def pytest_configure(config):
    config.pluginmanager.register(Results())
    config.addinivalue_line("markers", "kinds(FACT=VALUE): only with kinds of guests of which "
                            "these facts are true")
    config.addinivalue_line("markers", "traps: needs a host's CPU that hands it a guest's INT3 and "
                            "#DB, as the emulated AMD one does not")
    config.addinivalue_line("markers", "long: takes long; runs with --long alone")
    config.addinivalue_line("markers", "off_long: takes long; without the bus accelerator it runs "
                            "with --long alone")


def pytest_collection_modifyitems(items):
    """Leaves out tests that the host's CPU cannot run, or their marks exclude."""
    items[:] = [item for item in items if fits(item)]


def kinds_of(item):
    params = getattr(getattr(item, "callspec", None), "params", {})
    return [value for value in params.values() if hasattr(value, "label")]


def is_off(item):
    return any("--no-bus" in kind.options for kind in kinds_of(item))


def fits(item):
    if item.get_closest_marker("traps") and not TRAPS:
        return False
    if not keel.LONG and (item.get_closest_marker("long") or
                          item.get_closest_marker("off_long") and is_off(item)):
        return False
    mark = item.get_closest_marker("kinds")
    return not mark or all(getattr(kind, fact) == value for kind in kinds_of(item)
                           for fact, value in mark.kwargs.items())


def title(item):
    """Its docstring's first line, with the parameters filled in; then the kind of guest."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    text = (item.function.__doc__ or item.name).strip().splitlines()[0].rstrip(".")
    kinds = [kind.label for kind in kinds_of(item)]
    text = text.format(**params) if params else text
    return f"{text} ({', '.join(kinds)})" if kinds else text


class Results:
    """Prints each test's result when it has ended, and the totals."""

    def __init__(self):
        self.number = 0
        self.totals = {}        # by file: tests that have passed, and that have failed

    def result(self, fine, nodeid, what, evidence=""):
        name = Path(nodeid.split("::")[0]).stem.removeprefix("test_")
        self.totals.setdefault(name, [0, 0])[not fine] += 1
        self.number += 1
        print(f"{'' if fine else 'not '}ok {self.number} - {what}", flush=True)
        for line in [] if fine else evidence.splitlines():
            print(f"#   {line}", flush=True)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = (yield).get_result()
        report.title = title(item)
        if report.failed:
            report.evidence = "\n".join(value.evidence() for value in item.funcargs.values()
                                        if hasattr(value, "evidence"))

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and not report.skipped:
            self.subtests(report)
            self.result(report.passed, report.nodeid,
                        f"{report.title} # {report.duration:.1f} s", self.text(report))
        elif report.failed:
            self.result(False, report.nodeid, f"{report.title} ({report.when})", self.text(report))
        elif report.skipped:
            self.result(False, report.nodeid, f"{report.title}: skipped", str(report.longrepr))

    @staticmethod
    def subtests(report):
        for text in [value for name, value in report.user_properties if name == "tap"]:
            print(textwrap.indent(text.rstrip(), "    "), flush=True)

    @staticmethod
    def text(report):
        return f"{report.longreprtext}\n{getattr(report, 'evidence', '')}" if report.failed else ""

    def pytest_collectreport(self, report):
        if report.failed:
            self.result(False, report.nodeid, f"{report.nodeid} is collected",
                        report.longreprtext)

    def pytest_sessionfinish(self, session):
        print(f"1..{self.number}")
        for name, (passed, failed) in self.totals.items():
            print(f"{name}: {passed} passed, {failed} failed", flush=True)
        if not self.number or any(failed for _, failed in self.totals.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(params=keel.ON_AND_OFF, ids=lambda kind: kind.id)
def kind(request):
    """With the bus accelerator, and without it."""
    return request.param


@pytest.fixture
def tap(record_property):
    """Takes a program's results, in TAP: its tests are subtests of this one."""
    return lambda text: record_property("tap", text)


@pytest.fixture
def vm(tmp_path):
    """A keel of one test's own, not started yet."""
    launcher = keel.Keel(tmp_path)
    yield launcher
    launcher.kill()


@pytest.fixture
def window(tmp_path):
    """Likewise, in a terminal window."""
    launcher = terminal.Terminal(tmp_path)
    yield launcher
    launcher.kill()


@pytest.fixture(scope="module")
def folder():
    """A folder of a file's tests that other users can reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="keel-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)
