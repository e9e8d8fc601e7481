"""Put into a wheel what the program reads outside its Python packages; pyproject.toml names this class."""

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parents[1]
SHIPPED = ("dbt_project", "dagster.yaml", "requirements.lock", "pyproject.toml", "LICENSE",
           "CITATION.cff", "docs/papers.md", "tools/validators/requirements.lock")  # fmt: skip
WRITTEN_BY_DBT = shutil.ignore_patterns("target", "logs", ".user.yml", "__pycache__")


class BuildWithShipped(build_py):
    """Copies the files of `SHIPPED` to living_panel/orchestration/shipped, where settings.py finds them."""

    def run(self) -> None:
        """Build the packages, then copy."""
        shutil.rmtree(self.build_lib, ignore_errors=True)  # what an earlier build left
        super().run()
        target = Path(self.build_lib) / "living_panel" / "orchestration" / "shipped"
        shutil.rmtree(target, ignore_errors=True)
        for name in SHIPPED:
            source, copy = HERE / name, target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=WRITTEN_BY_DBT)
            else:
                shutil.copy2(source, copy)
