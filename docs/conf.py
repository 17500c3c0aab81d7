"""Sphinx configuration. Nothing is fetched while the documentation is built."""

import os
import sys
import tempfile
import zlib
from importlib.metadata import version as installed_version
from pathlib import Path

from docutils import nodes
from sphinx.util.nodes import make_refnode

# TensorFlow's messages do not belong into the gallery.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.path.insert(0, str(Path(__file__).parent))  # for _between_examples.py, _public_names.py
import _broken_files
import _public_names
import _works_with

project = "skecg"
author = "The skecg developers"
copyright = "The skecg developers"
release = installed_version("skecg")
version = ".".join(release.split(".")[:2])

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "myst_parser",  # for CHANGELOG.md and the card of the pretrained network
]
exclude_patterns = [
    "_build",
    "Thumbs.db",
    ".DS_Store",
    "names.rst",
    "works_with_rows.rst",
    "broken_files_rows.rst",
]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
default_role = "py:obj"
templates_path = ["_templates"]
suppress_warnings = ["myst.header"]  # the card is included below its title

# Links to the documentation of other packages use their inventories, which are on the web. A
# build needs no network: inventories.txt has the few names that are linked. With
# SKECG_DOCS_INTERSPHINX=1 the whole inventories are fetched.


def _write_inventories(folder):
    """Write an inventory of each project in inventories.txt; return intersphinx's mapping."""
    mapping, project = {}, None
    for line in (Path(__file__).parent / "inventories.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            project, url = line[1:].split("] ")
            mapping[project] = (url, [])
        elif line and not line.startswith("#"):
            name, kind, page = line.split()
            page = page.replace("{}", name)
            mapping[project][1].append(f"{name} {kind} 1 {page} -\n")
    for project, (url, lines) in mapping.items():
        head = f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
        head += "# The remainder of this file is compressed using zlib.\n"
        path = Path(folder) / f"{project}.inv"
        path.write_bytes(head.encode() + zlib.compress("".join(lines).encode()))
        mapping[project] = (url, str(path))
    return mapping


if os.environ.get("SKECG_DOCS_INTERSPHINX"):
    with tempfile.TemporaryDirectory() as _folder:
        intersphinx_mapping = {
            project: (url, None) for project, (url, _) in _write_inventories(_folder).items()
        }
else:
    _inventories = tempfile.TemporaryDirectory()  # exists until the build ends
    intersphinx_mapping = _write_inventories(_inventories.name)

# names.rst is part of reference.rst, and written at each build from the names that packages export
_public_names.write(Path(__file__).parent / "names.rst")
_broken_files.write(Path(__file__).parent / "broken_files_rows.rst")
_works_with.write(Path(__file__).parent / "works_with_rows.rst")
autosummary_generate = ["names.rst", "reference.rst"]
autodoc_typehints = "none"  # the Parameters sections have the types
autodoc_member_order = "bysource"
numpydoc_show_class_members = False  # the template of classes lists them
maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "within_subsection_order": "FileNameSortKey",
    "reset_modules": ("matplotlib", "seaborn", "_between_examples.reset"),
    "reset_modules_order": "both",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skecg",),
    "capture_repr": ("_repr_html_",),
    "image_srcset": ["2x"],
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "matplotlib_animations": False,
    "remove_config_comments": True,
    "write_computation_times": False,  # that page would load scripts from the web
}

html_theme = "pydata_sphinx_theme"
html_title = "skecg"
html_static_path = ["_static"]
html_css_files = ["skecg.css"]
html_context = {"default_mode": "auto"}  # light or dark, as the reader's screen is
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": ["not-a-medical-device"],
}
html_sidebars = {
    "index": [],
    "install": [],
    "accuracy": [],
    "model_files": [],
    "works_with": [],
    "limits": [],
    "glossary": [],
    "cite": [],
    "changelog": [],
}


def _link_public_name(app, env, node, contnode):
    """Resolve the flat name of a public object, such as `load_beats`, in any module."""
    if node.get("refdomain") != "py":
        return None
    domain = env.get_domain("py")
    found = domain.objects.get(f"skecg.{node['reftarget']}")
    if found is None:
        return None
    text = contnode if isinstance(contnode, nodes.Node) else nodes.literal(text=contnode)
    return make_refnode(
        app.builder, node["refdoc"], found.docname, found.node_id, text, node["reftarget"]
    )


def _skip_metadata_requests(app, what, name, obj, skip, options):
    """Skip scikit-learn's set_..._request, which are the same for every estimator."""
    return True if name.startswith("set_") and name.endswith("_request") else None


def setup(app):
    """Register the two handlers."""
    app.connect("missing-reference", _link_public_name)
    app.connect("autodoc-skip-member", _skip_metadata_requests)
