"""The specification of a table: everything in which two honest economists may differ.

Belongs here: the typed form of `specs/*.yml` and reading it. A choice that is not written is an
error, never a default. Not here: what the choices do to figures (`sample`) or to estimates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SPEC_FOLDER = Path(__file__).parents[1] / "papers" / "bi_2025" / "specs"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Variable(_Strict):
    """A role in the analysis and the measures that may play it, most wanted first.

    `stands_in` lists measures that are stand-ins for the role's own concept: where one of them
    is chosen, every rendering says so, and the sentence that `remarks` has for it. `lag` is in
    years; `per` and `deflate_by` are measures.
    """

    measures: list[str] = Field(min_length=1)
    label: str
    log: bool
    concept: str
    stands_in: list[str] = []
    remarks: dict[str, str] = {}
    lag: int = 0
    per: str | None = None
    deflate_by: str | None = None


class Sample(_Strict):
    """Provinces by years. `last_year: newest` leaves the window open for new editions.

    `minimum_coverage` is the share of the sample's cells a measure must have to be chosen;
    `without_low_quality` leaves out every row that rests on a cell of low quality.
    """

    provinces: Literal["all", "paper"] | list[str]
    first_year: int
    last_year: int | Literal["newest"]
    without_years: list[int]
    minimum_coverage: float = Field(gt=0, le=1)
    without_low_quality: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Sample:
        if isinstance(self.last_year, int) and self.last_year < self.first_year:
            raise ValueError(f"last_year {self.last_year} is before first_year {self.first_year}")
        return self


class Interpolation(_Strict):
    """Which cells may be filled: `years` by role, linear in levels, never across a break."""

    method: Literal["none", "linear"]
    years: dict[str, list[int]] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Interpolation:
        if self.method == "none" and self.years:
            raise ValueError("interpolation 'none' cannot list years to fill")
        if self.method == "linear" and not self.years:
            raise ValueError("interpolation 'linear' must list the years to fill, by variable")
        return self

    def of(self, roles: Iterable[str]) -> Interpolation:
        """The same rule for some of the roles."""
        years = {role: self.years[role] for role in self.years if role in set(roles)}
        return self.model_copy(update={"method": self.method if years else "none", "years": years})


class Spec(_Strict):
    """One table. `options` belongs to the kind, which validates it."""

    table: str = Field(pattern=r"^t\d\d_[a-z0-9_]+$|^x_[a-z0-9_]+$")
    kind: str
    title: str
    question: str
    variables: dict[str, Variable]
    options: dict[str, Any]
    stars: dict[str, float]

    @property
    def sha256(self) -> str:
        """Identity of the choices: of the parsed content, so that comments do not count."""
        text = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=True, allow_unicode=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load_spec(path: Path) -> Spec:
    """Read one YAML file.

    Raises
    ------
    ValueError
        Naming file, place and remedy: not YAML, an unknown key, a choice that is missing, or a
        file name that is not the table's name.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        spec = Spec.model_validate(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not YAML ({error}). Remedy: mend the line named.") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(p) for p in e['loc']) or 'file'}: {e['msg']}" for e in error.errors()
        )
        raise ValueError(
            f"{path}: {faults}. Remedy: write the choice; nothing has a default."
        ) from error
    if path.stem != spec.table:
        raise ValueError(
            f"{path}: holds table {spec.table!r}. Remedy: name the file {spec.table}.yml."
        )
    return spec


def load_specs(folder: Path = SPEC_FOLDER) -> dict[str, Spec]:
    """All specs of a folder by table, in the order of their names."""
    return {spec.table: spec for spec in map(load_spec, sorted(folder.glob("*.yml")))}
