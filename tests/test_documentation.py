"""What README.md and docs/ show is there: code blocks run, named files and links exist."""

import re
from pathlib import Path

import pytest

from plipdet.engine import registries
from plipdet.registry import REGISTRIES

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "projects").rglob("*.md"),
    ]
)
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(
    r"(?<![\w/.$-])(?:\.ci|configs|docs|plipdet|projects|requirements|tests|tools)/[\w./*-]*[\w*/]"
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
OPTION = re.compile(r"python (tools/[\w/]+\.py)((?:[^\n`]*\\\n)*[^\n`]*)")


def page_name(path):
    return str(path.relative_to(ROOT))


def python_blocks():
    for page in PAGES:
        for number, match in enumerate(FENCE.finditer(page.read_text(encoding="utf-8"))):
            if match["info"] == "python":
                yield pytest.param(match["code"], id=f"{page_name(page)}-{number}")


@pytest.fixture
def registries_as_they_were():
    """A block may register a class; other tests shall not see it."""
    ours = [*REGISTRIES.values(), *(v for k, v in vars(registries).items() if k.isupper())]
    before = [(registry, dict(registry.module_dict)) for registry in ours]
    yield
    for registry, known in before:
        for name in set(registry.module_dict) - set(known):
            registry.module_dict.pop(name)


@pytest.mark.parametrize("code", python_blocks())
def test_python_blocks_run(code, registries_as_they_were, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(code, "block", "exec"), {"__name__": "documentation"})


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_named_files_and_links_exist(page):
    text = page.read_text(encoding="utf-8")
    places = (ROOT, page.parent)
    named = {name.rstrip("/") for name in NAMED.findall(text)}
    gone = {name for name in named if not any(list(place.glob(name)) for place in places)}
    gone |= {link for link in LINK.findall(text) if not (page.parent / link).exists()}
    assert not gone


def test_options_of_shown_commands_are_known():
    """Each --option that follows a tool's name stands in the tool or in what the tools share."""
    shared = {
        name: (ROOT / path).read_text(encoding="utf-8")
        for name, path in (
            ("add_run_options", "plipdet/engine/launch.py"),
            ("look_options", "plipdet/apis/look_options.py"),
        )
    }
    unknown = []
    for page in PAGES:
        for script, rest in OPTION.findall(page.read_text(encoding="utf-8")):
            source = (ROOT / script).read_text(encoding="utf-8")
            known = source + "".join(text for name, text in shared.items() if name in source)
            for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", rest):
                if f'"{option}"' not in known:
                    unknown.append((page_name(page), script, option))
    assert not unknown


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    listed = set(re.findall(r"[\w/]+\.md", nav))
    assert listed == {str(p.relative_to(ROOT / "docs")) for p in (ROOT / "docs").rglob("*.md")}
