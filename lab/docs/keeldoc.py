# SPDX-License-Identifier: GPL-2.0
"""
Directives for Documentation/, which show what the sources say of themselves, so that no page says
it a second time:

  kernel-doc FILE...        the kernel-doc comments of these files; :only: or :without: some symbols
  constants FILE            its #defines, with their values and comments
  model FILE...             the comment at the top of a model
  deviations FILE...        what it says there of what is not modelled, or is a choice
  places MODEL              a model's regions, lines and PCI identity
  counters MODEL            a model's counters; the content is "name: meaning" for each of them
  proof SECTION             that section's rows of capabilities.rst; :suites: of KUnit, by name
  readme-table N            the Nth of README.md's tables
  options                   keel run's options
  output ARGUMENT...        what keel prints with these arguments
  man FILE                  a manual page
"""
import json
import os
import re
import subprocess
from pathlib import Path

import sphinx
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from docutils.statemachine import StringList
from sphinx.util import logging

TOP = Path(__file__).resolve().parents[2]
MANUAL = "manual.html"
NO_LINE = 0xfffffffe    # KEEL_IRQ_NONE
INTR_LINE = 24          # KEEL_LINE_INTR
ALARM_LINE = 25         # KEEL_LINE_ALARM

log = logging.getLogger(__name__)


def printed(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=TOP).stdout


def source(path):
    return (TOP / path).read_text(encoding="utf-8")


def plain(text):
    """Text of a comment, as reST that shows it unchanged."""
    return re.sub(r"([\\*`|])|(?<=\w)_(?=\W|$)", lambda m: "\\" + m.group(0), text)


def lists(text):
    """Lists as comments have them, as reST: items of one line, apart from what is around them."""
    text = re.sub(r"(?m)^( *)(\* .*(?:\n {8,}\S.*)+)",
                  lambda m: m[1] + " ".join(m[2].split()), text)
    text = re.sub(r"(?m)^( *\* )([A-Z0-9]{4,})[ \t]+", r"\1``\2``: ", text)
    text = re.sub(r"(?m)^(?! *\* )(.*\S.*)\n(?= *\* )", r"\1\n\n", text)
    return re.sub(r"(?m)^( *\* .*)\n(?! *\* |\n)", r"\1\n\n", text)


def table(head, rows, widths):
    """The lines of a list-table of reST."""
    yield from (".. list-table::", "   :header-rows: 1",
                f"   :widths: {' '.join(map(str, widths))}", "")
    for row in [head, *rows]:
        for i, cell in enumerate(row):
            first, *more = cell.replace("-", r"\-", cell == "-").splitlines() or [""]
            yield f"   {'-' if i else '* -'} {first}".replace("   - ", "     - ", 1)
            yield from (f"       {line}" for line in more)
    yield ""


class Generated(Directive):
    """A directive whose content is lines of reST."""
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self):
        node = nodes.container()
        lines = [line for text in self.lines() for line in text.split("\n")]
        at = f"{self.state.document.current_source}:{self.name}"
        self.state.nested_parse(StringList(lines, source=at), self.content_offset, node,
                                match_titles=True)
        return node.children

    def warn(self, text):
        log.warning("%s: %s", self.name, text,
                    location=(self.state.document.settings.env.docname, self.lineno))


class KernelDoc(Generated):
    option_spec = {"only": directives.unchanged, "without": directives.unchanged}

    def lines(self):
        command = [os.environ["KERNEL_DOC"], "-rst", "-sphinx-version", sphinx.__version__]
        for option, flag in ("only", "-function"), ("without", "-nosymbol"):
            for symbol in self.options.get(option, "").split():
                command += [flag, symbol]
        yield lists(printed(*command, *self.arguments[0].split()))


class Constants(Generated):
    GROUP = re.compile(r"(?P<head>/\*(?:(?!\*/).)*\*/\n)?(?P<rows>(?:[ \t]*#define [A-Z_0-9]+[ \t]+"
                       r"(?:[^\n\\/]|/(?!\*)|\\\n|/\*(?:(?!\*/).)*\*/)+\n)+)", re.S)
    ROW = re.compile(r"#define ([A-Z_0-9]+)[ \t]+((?:[^\n\\/]|/(?!\*)|\\\n)+)"
                     r"(?:/\*((?:(?!\*/).)*)\*/)?", re.S)

    @staticmethod
    def comment(text):
        words = re.sub(r"^/\*+|\*/$", "", (text or "").strip())
        return plain(" ".join(re.sub(r"(?m)^[ \t]*\*[ \t]?", "", words).split()))

    def rows(self, text):
        return [(f"``{name}``", f"``{' '.join(value.replace(chr(92), ' ').split())}``",
                 self.comment(meaning)) for name, value, meaning in self.ROW.findall(text)]

    def groups(self):
        """Rows under their heading; those without one go on with the group right before."""
        text, end, found = source(self.arguments[0]), 0, []
        for group in self.GROUP.finditer(text):
            head, rows = self.comment(group["head"]), self.rows(group["rows"])
            if len(rows) == 1 and " - " in head:
                rows, head = [(*rows[0][:2], head.split(" - ", 1)[1])], ""
            if head or not found or text[end:group.start()].strip():
                found.append((head, []))
            found[-1][1].extend(rows)
            end = group.end()
        return found

    def lines(self):
        for head, rows in self.groups():
            columns = 3 if any(row[2] for row in rows) else 2
            yield from (head, "")
            yield from table(("Name", "Value", "Meaning")[:columns],
                             [row[:columns] for row in rows], (30, 25, 45)[:columns])


class Model(Generated):
    """Paragraphs of a model's head, and its maps of registers, except for its deviations."""
    LEADS = re.compile(r"(?:^|(?<=[.:] ))((?:Not modelled|Choices|Left open by the datasheet"
                       r"|Not offered by any|Not known)[:,])")
    deviations = False

    @staticmethod
    def blocks(path):
        comment = re.search(r"/\*\n(.*?)\n \*/", source(path), re.S)[1]
        text = "\n".join(re.sub(r"^ \*", "  ", line).expandtabs() for line in comment.split("\n"))
        return re.split(r"\n\s*\n", text)

    def paragraphs(self, block):
        """The usual one, and those that begin with one of the words for deviations."""
        usual, *more = self.LEADS.split(plain(" ".join(block.split())))
        if usual.strip() and not self.deviations:
            yield usual
        if self.deviations:
            for lead, text in zip(more[::2], more[1::2]):
                yield f"**{lead[:-1]}**{lead[-1]}{text}"

    def block(self, text):
        if re.search(r"(?m)^ {4}\* ", text):
            text = re.sub(r"(?m)^ {3}", "", plain(text).replace(r"\* ", "* "))
            yield from (*lists(text).split("\n"), "")
        elif not re.match(r" {7}", text):
            for paragraph in self.paragraphs(text):
                yield from (paragraph, "")
        elif not self.deviations:
            lines = text.split("\n")
            first = min(len(line) - len(line.lstrip()) for line in lines)
            yield from ("::", "", *("   " + line[first:] for line in lines), "")

    def lines(self):
        for path in self.arguments[0].split():
            for text in self.blocks(path):
                yield from self.block(text)
            if not self.deviations and path.endswith(".c"):
                yield f"The model is ``{path}``.\n"


class Deviations(Model):
    deviations = True


def models():
    """What the models' ops say: lab/docs/models.c."""
    return json.loads(printed(os.environ["MODELS"]))


def model(name):
    return {entry["name"]: entry for entry in models()}[name]


class Places(Generated):
    @staticmethod
    def place(region):
        if region["bar"] >= 0:
            return f"BAR {region['bar']} + {region['base']:#x}"
        if region["follows"]:
            return f"base + {region['base']:#x}"
        return f"{region['base']:#x}" if region["base"] else "base"

    def regions(self, regions):
        rows = [(f"``{r['label']}``", "memory" if r["memory"] else "ports", self.place(r),
                 str(r["length"]), str(r["width"])) for r in regions]
        return table(("Region", "Kind", "At", "Bytes", "Widest access"), rows, (24, 16, 24, 16, 20))

    @staticmethod
    def line(wire):
        if wire["intx"]:
            return "by its slot: 16 to 19"
        if wire["line"] == INTR_LINE:
            return "INTR of the CPUs"
        if wire["line"] == ALARM_LINE:
            return "RTC_STS of the ACPI hardware"
        return "none" if wire["line"] == NO_LINE else str(wire["line"])

    def lines(self):
        facts = model(self.arguments[0])
        yield from self.regions(facts["regions"])
        rows = [(f"``{w['label']}``", self.line(w), "yes" if w["shared"] or w["intx"] else "no")
                for w in facts["wires"]]
        if rows:
            yield from table(("Output", "Line", "Shared"), rows, (40, 40, 20))
        pci = facts["pci"]
        if pci:
            yield (f"PCI identity {pci['vendor']:04x}:{pci['device']:04x}, class "
                   f"{pci['class']:06x}, {pci['vectors'] or 'no'} MSI-X vectors.\n")
        yield (f"Saved as class {facts['class']}, layout {facts['version']}, {facts['state']} "
               "bytes.\n" if facts["state"] else "It has no state to be saved.\n")


class Counters(Generated):
    has_content = True

    def lines(self):
        counters = model(self.arguments[0])["counters"]
        text = re.sub(r"\n +", " ", "\n".join(self.content))
        meanings = dict(line.split(": ", 1) for line in text.split("\n") if line)
        labels = [counter["label"] for counter in counters]
        for label in sorted(set(labels) ^ set(meanings)):
            self.warn(f"{label} has no meaning here, or {self.arguments[0]} has no such counter")
        rows = [(f"``{c['label']}{'.N' if c['nr'] > 1 else ''}``", meanings.get(c["label"], ""))
                for c in counters]
        yield from table(("Counter", "Counts"), rows, (30, 70))


class Proof(Generated):
    option_spec = {"suites": directives.unchanged, "about": directives.unchanged}

    def rows(self, text):
        """The section's table, or those of its rows whose first cell has the word."""
        about = self.options.get("about")
        head, *rows = re.split(r"(?m)^(?=   \* - )", text)
        kept = [row for row in rows[1:] if not about or re.search(about, row.split("\n     - ")[0])]
        if not kept:
            self.warn(f"{self.arguments[0]} has no row about {about}")
        return head[head.index(".. list-table"):] + rows[0] + "".join(kept)

    def lines(self):
        title = re.escape(self.arguments[0])
        found = re.search(rf"(?m)^{title}\n=+\n((?:.*\n)*?)(?=\S.*\n==|\Z)",
                          source("Documentation/capabilities.rst"))
        yield from (self.rows(found[1]), "")
        suites = [f"kunit/{name}_test.c" for name in self.options.get("suites", "").split()]
        if suites:
            cases = sum(len(re.findall(r"KUNIT_CASE", source(suite))) for suite in suites)
            yield f"KUnit: {cases} cases in {', '.join(f'``{suite}``' for suite in suites)}.\n"


class ReadmeTable(Generated):
    def lines(self):
        tables = re.findall(r"(?m)^(?:\|.*\n)+", source("README.md"))
        head, _, *rows = [[plain(cell.strip()) for cell in line.strip("|").split("|")]
                          for line in tables[int(self.arguments[0]) - 1].splitlines()]
        yield from table(head, rows, [30] + [70 // (len(head) - 1)] * (len(head) - 1))


def anchors():
    """The manual page's anchors of long options."""
    found = {}
    for at, term in re.findall(r'(?s)<dt id="([^"]+)">(.*?)</dt>', manual("Documentation/keel.1")):
        words = re.sub(r"<[^>]+>|\s+", " ", term)
        found.update({name: at for name in re.findall(r"--([a-z0-9-]+)", words)})
    return found


class Options(Generated):
    ROW = re.compile(r"  (?:-(\w), |    )--([a-z0-9-]+)(\S*)")
    COLUMN = 29     # of what an option does, unless its value is longer

    def row(self, line, at):
        letter, name, value = self.ROW.match(line).groups()
        text = line[self.ROW.match(line).end():]
        if re.match(r" \S", text) and len(line) - len(text) + 1 < self.COLUMN:
            value, text = text[1:].split(" ", 1)
        if name not in at:
            self.warn(f"the manual page has no --{name}")
        return (f"``-{letter}``, " * bool(letter) + f"`--{name} <{MANUAL}#{at.get(name)}>`__",
                f"``{value}``" if value else "", plain(text.strip()))

    def lines(self):
        at, text = anchors(), printed(os.environ["KEEL"], "help", "run")
        rows = [self.row(line, at) for line in text.split("\n") if self.ROW.match(line)]
        yield from table(("Option", "Value", "What it does"), rows, (22, 23, 55))


class Output(Generated):
    def lines(self):
        text = printed(os.environ["KEEL"], *self.arguments[0].split())
        yield from ("::", "", *("   " + line for line in text.split("\n")), "")


def manual(path):
    """A manual page's text in HTML, one level of headings further down."""
    html = printed("mandoc", "-T", "html", "-O", "fragment", path)
    html = re.sub(r'<table class="(?:head|foot)">.*?</table>', "", html, flags=re.S)
    return re.sub(r"(</?h)([12])\b", lambda m: m[1] + str(int(m[2]) + 1), html)


class Man(Directive):
    required_arguments = 1

    def run(self):
        return [nodes.raw("", manual(self.arguments[0]), format="html")]


DIRECTIVES = {
    "kernel-doc": KernelDoc, "constants": Constants, "model": Model, "deviations": Deviations,
    "places": Places, "counters": Counters, "proof": Proof, "readme-table": ReadmeTable,
    "options": Options, "output": Output, "man": Man,
}


COUNTER = re.compile(r'(?:keel_emit\(out, |-1, |\]\s*= |\t\{ |i, )"([a-z][a-z_.]+)"')


def check_counters():
    """inspect.rst has the counters that are no device's."""
    page = source("Documentation/inspect.rst")
    for file in "devices/board/stats.c", "kmod/stats.c":
        for name in COUNTER.findall(source(file)):
            if not re.search(rf"``\S*\b{re.escape(name)}``", page):
                log.warning("inspect.rst does not have %s of %s", name, file)


def check_files(text):
    """Files and folders of the tree that pages name exist."""
    for path in re.findall(r"``((?:lab|devices|kmod|uapi|userspace|kunit)/[\w./-]*\w)", text):
        if not (TOP / path).exists():
            log.warning("a page names %s, which does not exist", path)


def complete(app, env):
    """Each model has its counters on a page, and each picture is on one."""
    text = "".join(source(f"Documentation/{page}.rst") for page in env.found_docs)
    check_counters()
    check_files(text)
    shown = set(re.findall(r"(?m)^\.\. (?:counters|places):: (\w+)", text))
    for name in sorted({entry["name"] for entry in models()} - shown):
        log.warning("no page has the places and counters of %s", name)
    for picture in (TOP / "Documentation/pictures").glob("*.dot"):
        if picture.name not in text:
            log.warning("no page has the picture %s", picture.name)


def setup(app):
    app.connect("env-check-consistency", complete)
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    return {"parallel_read_safe": True}
