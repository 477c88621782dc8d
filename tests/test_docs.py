"""What the documents show is true: their YAML loads, their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatepass.config import SCHEMA as CONFIG_SCHEMA
from gatepass.policy import cases, overrides
from gatepass.policy.load import load
from gatepass.policy.mistakes import mistakes
from gatepass.strict_yaml import parse
from support.values import write

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]
    if ".venv" not in path.parts
)
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")

BLOCKS = [
    pytest.param(block, id=f"{page.relative_to(ROOT)}:{number}")
    for page in PAGES
    for number, block in enumerate(YAML_BLOCK.findall(page.read_text("utf-8")), 1)
    if "apiVersion: gatepass/v1" in block
]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_whole_example_loads(tmp_path, block):
    document = parse(block.encode(), "example.yaml").value
    kind = document["kind"]
    write(tmp_path, {"example.yaml": block})
    if kind == "Policy":
        schema = '{"type": "object", "properties": {"frozen": {"type": "boolean"}}, "required": ["frozen"]}'
        write(tmp_path, {"calendar.schema.json": schema})
        assert load(["example.yaml"], tmp_path)
    elif kind in ("Override", "OverrideRequest", "BreakGlass"):
        assert overrides.load(["example.yaml"], tmp_path)
    elif kind == "OverrideRevocation":
        assert mistakes(parse(block.encode(), "example.yaml"), overrides.REVOCATION_SCHEMA) == []
    elif kind == "PolicyTest":
        assert mistakes(parse(block.encode(), "example.yaml"), cases.SCHEMA) == []
    else:
        assert kind == "Config"
        assert mistakes(parse(block.encode(), "example.yaml"), CONFIG_SCHEMA) == []


def test_there_are_examples_to_check():
    assert len(BLOCKS) >= 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page):
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
