"""A distribution counts as installed only when all its files are there."""

from pathlib import Path

import pytest

from rig.installed import drop_half_installed


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    for name in ("whole", "short", "unrecorded"):
        (tmp_path / f"{name}-1.dist-info").mkdir()
        (tmp_path / f"{name}.py").write_text("12345")
        record = tmp_path / f"{name}-1.dist-info" / "RECORD"
        record.write_text(f"{name}.py,sha256=x,5\n{name}.pyc,,\n")
    (tmp_path / "short.py").write_text("123")
    (tmp_path / "unrecorded-1.dist-info" / "RECORD").unlink()
    return tmp_path


def test_half_installed_distributions_are_forgotten(site_packages: Path) -> None:
    assert drop_half_installed(site_packages) == ["short-1.dist-info", "unrecorded-1.dist-info"]
    assert [path.name for path in site_packages.glob("*.dist-info")] == ["whole-1.dist-info"]


def test_whole_distributions_stay(site_packages: Path) -> None:
    drop_half_installed(site_packages)
    assert drop_half_installed(site_packages) == []
