# SPDX-License-Identifier: GPL-2.0
"""The manual's settings, for Sphinx: see docs.mk."""
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

project = "Keel"
copyright = "the authors of Keel, GPL-2.0"      # pylint: disable=redefined-builtin
header = (HERE / "../../uapi/keel_version.h").read_text(encoding="utf-8")
version = re.search(r'#define KEEL_VERSION\s+"(\S+)"', header)[1]
extensions = ["sphinx.ext.graphviz", "keeldoc"]
highlight_language = "none"
smartquotes = False     # they make dashes of --options
graphviz_output_format = "svg"
html_theme = "sphinx_rtd_theme"
html_theme_options = {"navigation_depth": 3}
html_static_path = ["static"]
html_css_files = ["keel.css"]
html_copy_source = False
html_show_sphinx = False
