# SPDX-License-Identifier: GPL-2.0
"""
Reads results of tests: TAP (testanything.org), with subtests as in its version 14, and the
kernel's KTAP. A stream may have several documents one after the other, and other lines between.
"""
import re

POINT = re.compile(r"^( *)(not )?ok( [0-9]+)?( |$)")
PLAN = re.compile(r"^( *)1\.\.([0-9]+)$")
BAIL = re.compile(r"^ *Bail out!")


class Level:
    """Test points with one indentation: those of a document, or of a subtest."""

    def __init__(self, indent):
        self.indent, self.points, self.plan, self.failed = indent, 0, None, 0
        self.complete = False

    def add(self, good):
        self.points += 1
        self.failed += not good
        self.complete = self.points == self.plan

    def announce(self, plan):
        """A plan is before the tests or behind them."""
        self.complete = self.points > 0 or not plan
        self.plan = plan

    def complaint(self):
        """What is wrong if it ends here; a subtest needs no plan."""
        if self.plan is None:
            return "tests without a plan" if self.points and not self.indent else None
        return None if self.plan == self.points else f"{self.points} of {self.plan} planned tests"


class Results:
    """
    Counts the test points that have no subtests of their own. Lines that are missing, according
    to a plan, are a failure, and so is a stream without any test.
    """

    def __init__(self):
        self.passed = self.failed = 0
        self.complaints = []
        self.levels = []        # with increasing indentation

    def read(self, lines):
        for line in lines:
            self.line(line.rstrip("\r\n"))
        self.leave(-1)
        if not self.passed + self.failed:
            self.complain("no tests")
        return self

    def line(self, line):
        if match := POINT.match(line):
            self.point(len(match[1]), not match[2])
        elif match := PLAN.match(line):
            self.planned(len(match[1]), int(match[2]))
        elif BAIL.match(line):
            self.complain(line.strip())

    def point(self, indent, good):
        subtests = self.leave(indent)
        self.at(indent).add(good)
        if not subtests:
            self.passed += good
            self.failed += not good
        elif not good and not any(level.failed for level in subtests):
            self.failed += 1

    def planned(self, indent, plan):
        self.leave(indent)
        self.at(indent).announce(plan)

    def at(self, indent):
        """The level with this indentation, a new one if the last one is complete."""
        if self.levels and self.levels[-1].indent == indent and self.levels[-1].complete:
            self.leave(indent - 1)
        if not self.levels or self.levels[-1].indent != indent:
            self.levels.append(Level(indent))
        return self.levels[-1]

    def leave(self, indent):
        """Ends the levels that are further in, and returns them."""
        inner = [level for level in self.levels if level.indent > indent]
        self.levels = self.levels[:len(self.levels) - len(inner)]
        for complaint in filter(None, (level.complaint() for level in inner)):
            self.complain(complaint)
        return inner

    def complain(self, text):
        self.failed += 1
        self.complaints.append(text)
