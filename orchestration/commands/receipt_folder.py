"""`make receipt FILE=<folder>`: all questions about the files of a folder on one page, which a person fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from living_panel.ingestion.files import write_durably
from living_panel.ingestion.limited_yaml import YamlLoader
from living_panel.orchestration.assets.landing import DOUBTS, landed_file, write_answered
from living_panel.orchestration.assets.new_editions import write_new_edition
from living_panel.orchestration.assets.proposals import Proposal, list_proposals
from living_panel.orchestration.assets.teaching import teach_landed
from living_panel.orchestration.commands import sentences
from living_panel.orchestration.commands.prompts import given_answer
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem, Refused, name_commands, problems_of

HEAD = """\
# All questions about {folder}. Write an answer for each '' below, correct the others if they are wrong, and
# run the same command again. `confirms` lists what you confirm with it; to leave out a file, move it away.
"""


@dataclass(frozen=True)
class Outcome:
    """What the answers of a page did: files with a layout or a receipt, and what was refused."""

    written: list[str]
    problems: list[Problem]


def ask_folder(settings: Settings, folder: Path) -> int:
    """Write the page of the open questions of a folder, or do what a filled-in page says.

    The page takes over what the environment answers (RECEIPT_<FIELD>). Answers count only for the question that the
    page shows: if file, layout or earlier values have changed since, it is asked again. A file that an answer made
    readable gets its receipt at once where no question is left; doubts about values are always asked.
    """
    below = landed_file(settings, folder).relative_to(settings.landing.resolve()).as_posix()
    _add_editions(settings, below)
    page = settings.root / "answers" / f"{below.replace('/', '_').strip('._') or 'landing'}.yml"
    proposals = _proposals(settings, below)
    filled = _read(page)
    answered = [(p, a) for p in proposals if p.job and (a := _answers_for(p, filled)) is not None]
    outcome = _apply(settings, answered)
    if outcome.written:
        proposals = _proposals(settings, below)
        known = {
            k: v for p, a in answered if p.job == "receipt" for k, v in a.items() if k != DOUBTS
        }
        ready = [(p, p.config["answers"] | known) for p in proposals if p.job == "receipt"]
        more = _apply(settings, [(p, a) for p, a in ready if set(p.typed) <= set(known)])
        outcome = Outcome([*outcome.written, *more.written], [*outcome.problems, *more.problems])
        proposals = _proposals(settings, below) if more.written else proposals
    for text in (*outcome.written, *map(str, outcome.problems)):
        print(name_commands(text))
    page.unlink(missing_ok=True)
    if asked := [p for p in proposals if p.job in ("teach", "receipt")]:
        before = {k: v for _, a in answered for k, v in a.items() if k != DOUBTS}
        _write(page, below, proposals, before)
        print(
            name_commands(
                f"{page}: {len(asked)} questions. Fill it in, then run the same command again."
            )
        )
        return 0
    for proposal in proposals:
        print(proposal.title, *proposal.confirms, sep="\n  ")
    print(
        name_commands(
            "No question is open. `make run` takes the files with a receipt into the archive."
        )
    )
    return 0


def _add_editions(settings: Settings, below: str) -> None:
    """Add the editions of a folder that their catalog lacks, if the title follows from the edition before."""
    for proposal in list_proposals(settings):
        place = f"{proposal.config.get('source')}/{proposal.config.get('edition')}"
        if proposal.job == "add_edition" and proposal.config["title"] and _is_below(place, below):
            source, title = proposal.config["source"], proposal.config["title"]
            said = {"title": title, "licence": "", "citation": ""}
            path = write_new_edition(source, str(proposal.config["edition"]), "", "", said)
            print(f"Added {place} to {path} as {title}. Correct the title there if it is wrong.")


def _proposals(settings: Settings, below: str) -> list[Proposal]:
    """Return what waits in a folder of landing."""
    return [
        proposal
        for proposal in list_proposals(settings)
        if proposal.job in ("teach", "receipt", "")
        and any(_is_below(name, below) for name in proposal.config.get("files", _files(proposal)))
    ]


def _files(proposal: Proposal) -> list[str]:
    named = [proposal.config.get("file"), *proposal.config.get("others", ())]
    return [str(name) for name in named if name] or [proposal.title.partition(" ")[0]]


def _is_below(name: str, below: str) -> bool:
    return below == "." or name == below or name.startswith(f"{below}/")


def _read(page: Path) -> list[dict[str, Any]]:
    """Return the entries of a page; none before the first one.

    Raises
    ------
    Refused
        If it is not the list that the command wrote.
    """
    if not page.is_file():
        return []
    try:
        content = yaml.load(page.read_text(encoding="utf-8"), Loader=YamlLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise Refused(
            sentences.ANSWERS_PAGE(Place(str(page)), reason=" ".join(str(error).split()))
        ) from None
    is_page = isinstance(content, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("answers"), dict) for entry in content
    )
    if not is_page:
        raise Refused(sentences.ANSWERS_PAGE(Place(str(page)), reason="it is no list of questions"))
    return list(content)


def _answers_for(proposal: Proposal, filled: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return the answers that a page gives to the very question of a proposal; None while one is open."""
    for entry in filled:
        if {k: entry.get(k) for k in ("job", "files", "table", "confirms")} == _question(proposal):
            answers = {str(k): str(v) for k, v in entry["answers"].items()}
            return None if any(not answer.strip() for answer in answers.values()) else answers
    return None


def _question(proposal: Proposal) -> dict[str, Any]:
    return {
        "job": proposal.job,
        "files": _files(proposal),
        "table": proposal.config.get("table", 1),
        "confirms": list(proposal.confirms),
    }


def _apply(settings: Settings, answered: Sequence[tuple[Proposal, Mapping[str, str]]]) -> Outcome:
    """Write the layouts, then the receipts; a file that is refused holds back no other."""
    outcome = Outcome([], [])
    for proposal, answers in sorted(answered, key=lambda item: item[0].job != "teach"):
        for name in _files(proposal):
            try:
                if proposal.job == "teach":
                    table = proposal.config.get("table", 1)
                    stem = re.sub(
                        r"[^\w-]+", "_", f"{Path(name).stem}_{Path(name).parent.name}_{table}"
                    )
                    _, path = teach_landed(settings, Path(name), table, answers, stem, True)
                    outcome.written.append(f"Wrote {path}.")
                    continue
                done = write_answered(settings, landed_file(settings, Path(name)), answers)
                outcome.written.append(f"Wrote the receipt of {name}.")
                outcome.written.extend(map(str, (*done.moved, *done.revisions, *done.gaps)))
            except (ValueError, OSError) as error:
                outcome.problems.extend(problems_of(error))
    return outcome


def _write(
    page: Path, below: str, proposals: Sequence[Proposal], before: Mapping[str, str]
) -> None:
    """Write the page: each question with its answers, the known ones filled in."""
    entries = [
        {
            "what": proposal.title,
            **_question(proposal),
            **({"differences": list(proposal.notes)} if proposal.notes else {}),
            "answers": {
                field: answer or before.get(field) or given_answer("RECEIPT", field) or ""
                for field, answer in proposal.config["answers"].items()
            },
        }
        for proposal in proposals
        if proposal.job
    ]
    entries += [{"what": p.title, **_question(p), "answers": {}} for p in proposals if not p.job]
    text = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=110)
    write_durably((HEAD.format(folder=below) + text).encode(), page)
