# SPDX-License-Identifier: GPL-2.0
"""
Tables of the manual that are made of tests' results: a row for each thing that was run, and a column
for each host's CPU, with the bus accelerator and without it.
"""
import csv
import datetime
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CPUS = {"amd": "AMD", "intel": "Intel"}


class Table:
    """
    path:  the CSV file
    tests: names for lab/tests/guest/run
    match: of a test's result: groups "failed" ("not " or empty) and "bus", and those of key and others
    key:   by which a row is known: columns that have the groups' names
    other: more such columns
    """

    def __init__(self, path, tests, match, key, other=()):
        self.path, self.tests, self.match = TOP / path, tests, match
        self.key, self.other = key, other
        self.columns = [*key, *other, *(f"{cpu}, bus {bus}" for cpu in CPUS.values()
                                        for bus in ("on", "off")), "Date"]
        self.rows = {}
        if self.path.exists():
            with open(self.path, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    self.rows[tuple(row[column] for column in key)] = row

    def write(self):
        with open(self.path, "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, self.columns, restval="", lineterminator="\n")
            table.writeheader()
            table.writerows(self.rows.values())

    def take(self, cpu, line, renamed=str):
        """A line of the tests' output, a result or not. renamed() is applied to the key."""
        if not (result := self.match.match(line)):
            return
        values = {column: renamed(result[column.lower()]) for column in self.key}
        row = self.rows.setdefault(tuple(values.values()), values)
        row.update({column: result[column.lower()] for column in self.other})
        row[f"{CPUS[cpu]}, bus {result['bus']}"] = "fails" if result["failed"] else "runs"
        row["Date"] = datetime.date.today().isoformat()
        self.write()

    def run(self, cpu, arguments, renamed):
        """Runs the tests on one CPU, with the table written after each; returns the status."""
        command = [TOP / "lab/tests/guest/run", "--cpu", cpu, self.tests, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tests:
            for line in tests.stdout:
                print(line, end="", flush=True)
                self.take(cpu, line, renamed)
        return tests.returncode

    def main(self, usage, renamed=str):
        """A program's arguments are CPUs, and behind "--" pytest's."""
        at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
        cpus = sys.argv[1:at] or list(CPUS)
        if set(cpus) - set(CPUS):
            sys.exit(usage.strip())
        status = max([self.run(cpu, sys.argv[at:], renamed) for cpu in cpus])
        print(self.path.read_text(encoding="utf-8"), end="")
        return status
