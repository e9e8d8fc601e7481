"""Secrets and reach: what is in the repository, who is asked, who can ask us, how SQL is made."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from living_panel.ingestion.provenance.catalog import all_sources
from living_panel.orchestration.commands.serving import ui_commands

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("ingestion", "estimation", "orchestration")

CREDENTIALS = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "cloud key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "token": r"\b(?:ghp|gho|ghs|glpat|xox[abp]|sk-(?:live|proj|ant))[-_][A-Za-z0-9_-]{16,}",
    "password": r"(?i)\b(?:password|passwd|secret|api_?key|token)\s*[:=]\s*[\"']?[A-Za-z0-9+/_-]{8,}[\"']?\s*$",
    "address with a password": r"[a-z+]+://[^/\s:@{}$<>]+:[^/\s@{}$<>]+@[a-z0-9.-]+",
}
# the others make servers of their own, with a password that is good for nothing else
EXAMPLES = (
    "tests/unit/test_hostile_reach.py",
    "tests/e2e/test_postgres_team.py",
    "tests/integration/database.py",
    "tests/integration/test_spark_cluster.py",
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [REPOSITORY / n for n in listed.stdout.split("\0") if n and (REPOSITORY / n).is_file()]


def credentials_in(text: str) -> list[str]:
    return [name for name, form in CREDENTIALS.items() if re.search(form, text, re.MULTILINE)]


@pytest.mark.long
def test_no_tracked_file_holds_a_credential() -> None:
    found = {}
    for path in tracked():
        name = str(path.relative_to(REPOSITORY))
        if path.suffix in (".png", ".parquet", ".npz", ".pdf", ".xls", ".xlsx") or name in EXAMPLES:
            continue
        if held := credentials_in(path.read_text(encoding="utf-8", errors="replace")):
            found[name] = held
    assert not found


@pytest.mark.parametrize("text", [
    "-----BEGIN RSA PRIVATE KEY-----", "key: AKIA" + "A" * 16, "ghp_" + "a" * 30,
    "password: hunter2hunter2", "postgresql://me:hunter2@db.example.org/x",
])  # fmt: skip
def test_the_scan_sees_a_credential(text: str) -> None:
    assert credentials_in(text)


def test_state_environment_and_keys_are_ignored_by_git() -> None:
    for name in (".env", ".dagster/main/x.db", "data/build/x", "data/landing/commerce_fdi/2022/a.csv"):  # fmt: skip
        done = subprocess.run(["git", "check-ignore", "-q", name], cwd=REPOSITORY, check=False)
        assert done.returncode == 0, f"{name} would be committed"


def test_the_ui_listens_on_this_machine_only() -> None:
    _, command, _ = ui_commands(3000, Path("code.sock"), Path("workspace.yaml"))
    assert command[command.index("-h") + 1] == "127.0.0.1"
    assert not any("0.0.0.0" in path.read_text(encoding="utf-8", errors="replace")
                   for path in tracked() if path.name in ("Makefile", "dagster.yaml"))  # fmt: skip


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def sources() -> list[Path]:
    return [p for package in PACKAGES for p in sorted((REPOSITORY / package).rglob("*.py"))]


@pytest.mark.long
def test_one_module_speaks_to_the_network() -> None:
    speaking = {"requests", "urllib.request", "http.client", "httpx", "aiohttp", "ftplib", "smtplib"}  # fmt: skip
    found = {str(p.relative_to(REPOSITORY)) for p in sources() if imports(p) & speaking}
    assert found == {"ingestion/fetching/http.py"}


def test_what_is_fetched_is_at_listed_hosts_over_tls() -> None:
    for source in all_sources():
        for address in re.findall(r"https?://[^\s,}\]\"']+", json.dumps(source.fetch)):
            assert urlsplit(address).scheme == "https", address
            assert urlsplit(address).netloc in source.hosts, address


QUOTING = {"quoted", "quoted_path", "literal"}


def unsafe_sql(text: str) -> list[int]:
    """Lines where SQL is put together from anything but quoted names and upper-case constants."""
    bad = []
    tree = ast.parse(text)
    constants = _constants(tree, REPOSITORY)
    for scope in ast.walk(tree):
        if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        safe = _safe_names(scope, constants)
        for node in ast.walk(scope):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in ("execute", "sql", "query", "executemany") or not node.args:
                continue
            first = node.args[0]
            if isinstance(first, ast.BinOp) and not isinstance(first.left, ast.Constant):
                bad.append(node.lineno)
            if isinstance(first, ast.JoinedStr):
                for value in first.values:
                    if isinstance(value, ast.FormattedValue) and not _safe(value.value, safe):
                        bad.append(node.lineno)
    return sorted(set(bad))


def _safe(value: ast.expr, names: set[str]) -> bool:
    if isinstance(value, ast.Call):
        name = value.func.id if isinstance(value.func, ast.Name) else ""
        return name in QUOTING | {"int"}
    if isinstance(value, ast.JoinedStr):
        parts = [p.value for p in value.values if isinstance(p, ast.FormattedValue)]
        return all(_safe(part, names) for part in parts)
    if isinstance(value, ast.IfExp):
        return _safe(value.body, names) and _safe(value.orelse, names)
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id in names)


def _constants(tree: ast.Module, root: Path) -> set[str]:
    """Upper-case names bound once, to a literal, in the module or in ours that it imports them from."""
    bound = [node.targets[0] for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    names = [target.id for target in bound if isinstance(target, ast.Name)]
    found = {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and node.targets[0].id.isupper()
        and names.count(node.targets[0].id) == 1
    }
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("living_panel."):
            path = root.joinpath(*str(node.module).split(".")).with_suffix(".py")
            wanted = {alias.name for alias in node.names if alias.name.isupper()}
            if wanted and path.is_file():
                found |= wanted & _constants(ast.parse(path.read_text("utf-8")), root)
    return found


def _safe_names(scope: ast.AST, constants: set[str]) -> set[str]:
    """Names bound to quoted text, or running over a constant of the module."""
    safe = set(constants)
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            calls = {c.func.id for c in ast.walk(node.value)
                     if isinstance(c, ast.Call) and isinstance(c.func, ast.Name)}  # fmt: skip
            if (
                calls & QUOTING
                or _safe(node.value, safe)
                and _bound_once(scope, node.targets[0].id)
            ):
                safe.add(node.targets[0].id)
        if isinstance(node, (ast.comprehension, ast.For)):
            over = node.iter
            if (
                isinstance(over, ast.Name)
                and over.id.isupper()
                and isinstance(node.target, ast.Name)
            ):
                safe.add(node.target.id)
    return safe


def _bound_once(scope: ast.AST, name: str) -> bool:
    stores = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name
              and isinstance(n.ctx, ast.Store)]  # fmt: skip
    return len(stores) == 1


@pytest.mark.long
def test_sql_is_made_of_parameters_and_quoted_names() -> None:
    found = {str(p.relative_to(REPOSITORY)): lines for p in sources()
             if (lines := unsafe_sql(p.read_text(encoding="utf-8")))}  # fmt: skip
    assert not found


def test_the_scan_sees_sql_from_a_variable() -> None:
    assert unsafe_sql("def f(c, x):\n    c.execute(f'select {x}')")
    assert unsafe_sql("def f(c, x):\n    c.execute(x + ' limit 1')")
    assert unsafe_sql("def f(c, X):\n    c.execute(f'select {X}')")
    assert unsafe_sql("X = g()\ndef f(c):\n    c.execute(f'select {X}')")
    assert unsafe_sql("def f(c, x):\n    y = f'{x}'\n    c.execute(f'select {y}')")
    assert not unsafe_sql("X = 'a'\ndef f(c):\n    c.execute(f'select {X}')")
    assert not unsafe_sql("def f(c, x):\n    c.execute(f'select {quoted(x)}')")


def test_every_locked_package_has_hashes_and_the_installer_checks_them() -> None:
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    packages = [e for e in entries if "==" in e.split("\n")[0]]
    assert len(packages) > 100
    assert all("--hash=sha256:" in entry for entry in packages)
    assert not re.search(r"(?m)^\s*(?:-e|--index-url|--extra-index-url|git\+|https?:)", text)
    installer = (REPOSITORY / "orchestration" / "bootstrap.py").read_text(encoding="utf-8")
    for option in ("--require-hashes", "--no-deps", "--only-binary"):
        assert f'"{option}"' in installer


def test_known_vulnerabilities_are_asked_for_in_make_check() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    check = makefile[makefile.index("\ncheck:") :].split("\n\n")[0]
    assert "audit_dependencies" in check
