"""The repository can be carried anywhere: nothing in it names a place of download or a machine's folders."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.house import ROOT
from tests.architecture.repository import tracked

# Written in pieces, so that this file passes its own test.
REGISTRIES = [
    ".".join(host) for host in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"))
]
FORBIDDEN = {
    "a package registry": re.compile("|".join(re.escape(host) for host in REGISTRIES)),
    "a download address": re.compile(r"https?://\S+\.(?:whl|tgz|tar\.gz|tar\.xz|zip|deb)\b"),
    "a folder of one machine": re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users)/\w"),
}


def offences(text: str) -> Iterator[str]:
    for what, pattern in FORBIDDEN.items():
        for match in pattern.finditer(text):
            yield f"{what}: {match[0]}"


def text_of(path: Path) -> str:
    """The file as text; pictures and map data give what little of them is."""
    return path.read_bytes().decode(errors="ignore")


def test_no_file_names_a_registry_a_download_or_a_machine() -> None:
    found = {str(path.relative_to(ROOT)): sorted(offences(text_of(path))) for path in tracked()}

    assert {path: what for path, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "text",
    [
        '"resolved": "https://registry.' + REGISTRIES[2] + '/svelte"',
        "see https://example.com/a/b-1.0-py3-none-any." + "whl",
        "cd /" + "home/somebody/project",
    ],
)
def test_a_planted_address_or_folder_is_found(text: str) -> None:
    assert len(list(offences(text))) == 1


def test_the_readme_has_two_commands_and_the_checks_start_with_the_second() -> None:
    block = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block is not None
    commands = [line.split("#")[0].strip() for line in block[1].splitlines()]
    steps = re.findall(r"^step (.+)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)

    assert commands == ["python3 dev.py run", "python3 dev.py test"]
    assert steps[0] == commands[1]
