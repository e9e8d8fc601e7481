"""The site of a data root: it stays inside its folder, replaces only itself, and leads to no file that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.commands.site import write_site
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused

HEAD = '<meta name="generator" content="living-panel 0">'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    root = tmp_path / "data"
    files = {
        "report/index.html": f'{HEAD}<a href="bi.html">x</a>',
        "report/bi.html": '<a href="../archive/s/a%20%231.csv">x</a><a href="#here" id="here">y</a>',
        "report/data/cell.html": '<a href="../../archive/s/a%20%231.csv">x</a><a href="../bi.html">y</a>',
        "report/findings.json": "{}",
        "archive/s/a #1.csv": "the bytes",
        "archive/s/unlinked.csv": "other bytes",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Settings(root, tmp_path / "state")


def refused(settings: Settings, folder: Path) -> list[str]:
    with pytest.raises(Refused) as error:
        write_site(settings, folder)
    return error.value.codes


def test_linked_files_come_along_and_no_others(settings: Settings, tmp_path: Path) -> None:
    site = tmp_path / "public"
    assert write_site(settings, site) == 4
    names = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    assert names == {"index.html", "bi.html", "data/cell.html", "files/archive/s/a #1.csv"}
    assert 'href="files/archive/s/a%20%231.csv"' in (site / "bi.html").read_text("utf-8")
    cell = (site / "data" / "cell.html").read_text("utf-8")
    assert 'href="../files/archive/s/a%20%231.csv"' in cell and 'href="../bi.html"' in cell


def test_a_site_is_replaced_and_any_other_folder_is_kept(
    settings: Settings, tmp_path: Path
) -> None:
    site, other = tmp_path / "public", tmp_path / "other"
    write_site(settings, site)
    (site / "old.html").write_text("old")
    write_site(settings, site)
    assert not (site / "old.html").exists()
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    (tmp_path / "link").symlink_to(site)
    for folder in (other, other / "thesis.txt", tmp_path / "link", settings.root):
        assert refused(settings, folder) == [Code.PUBLISH]
    assert (other / "thesis.txt").read_text() == "mine"


def test_a_page_whose_file_is_gone_is_refused(settings: Settings, tmp_path: Path) -> None:
    site = tmp_path / "public"
    write_site(settings, site)
    (settings.root / "archive/s/a #1.csv").unlink()
    assert refused(settings, site) == [Code.PUBLISH]
    assert (site / "files/archive/s/a #1.csv").read_text() == "the bytes", "the old site stays"
    outside = '<a href="../../secret.txt">x</a>'
    (settings.root / "report/bi.html").write_text(outside)
    (tmp_path / "secret.txt").write_text("secret")
    assert refused(settings, site) == [Code.PUBLISH]


def test_nothing_published_is_said(tmp_path: Path) -> None:
    empty = Settings(tmp_path / "data", tmp_path / "state")
    assert refused(empty, tmp_path / "public") == [Code.NOT_BUILT]
