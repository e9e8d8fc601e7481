"""The Bureau's database interface, spoken by a proxy: right figures, or a clear error."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from living_panel.codes import Code
from living_panel.ingestion.errors import SourceUnreachable
from living_panel.ingestion.fetching.fetch import fetch
from living_panel.ingestion.fetching.http import FetchError
from living_panel.ingestion.provenance.catalog import source
from living_panel.ingestion.provenance.receipts import read_receipt
from living_panel.ingestion.reading.vintages import read_vintage
from living_panel.ingestion.sources.statistical_yearbook import fetch_database
from living_panel.ingestion.storage import archive
from living_panel.ingestion.storage.archive import Vintage
from tests.fixtures.sources import bundled, standin
from tests.fixtures.sources.settings import catalog_at, quick
from tests.fixtures.sources.standin import Database, Indicator, Reply, as_json, html, serve
from tests.refusals import refuses

TODAY = date(2026, 11, 25)
PLACE = ("statistical_yearbook", 2026)
GDP, TRADE, PATENTS, OTHER = (
    "地区生产总值",
    "按经营单位所在地分货物进出口总额",
    "国内三种专利申请受理数和授权数",
    "其他",
)
SERIES = {
    GDP: {"地区生产总值": "亿元"},
    TRADE: {"经营单位所在地货物进出口总额": "千美元", "货物进出口总额": "亿元"},
    PATENTS: {"国内专利授权量": "件", "国内专利申请受理量": "件", "国内发明专利申请受理量": "件"},
    OTHER: {"就业人员": "万人", "规模以上工业企业R&D经费": "亿元"},
}

ONE = {OTHER: SERIES[OTHER]}


def indicators(series: dict[str, str]) -> list[Indicator]:
    found = []
    for label, unit in series.items():
        values = bundled.values(*PLACE, label, unit)
        # one printing differs from the catalog's label: the alias has to carry it
        shown = "国内专利申请授权量" if label == "国内专利授权量" else label
        found.append(Indicator(shown, unit, values))
    return found


@pytest.fixture
def site():
    catalogues = {name: indicators(series) for name, series in SERIES.items()}
    # the product is split in two slices that overlap in 2015, the trade name has wide parentheses
    catalogues[f"{GDP}（2015-至今）"] = catalogues.pop(GDP)
    catalogues[f"{GDP}（-2015）"] = indicators(SERIES[GDP])
    catalogues["社会消费品零售总额"] = []
    return Database(catalogues=catalogues)


def wanted(catalogues: dict[str, dict[str, str]], **more: object):
    """Edit the catalog of the Bureau so that these series are asked for."""

    def edit(name, content):
        if name == PLACE[0]:
            content["fetch"]["database"] |= {"catalogues": catalogues, **more}

    return edit


@pytest.fixture
def host(site, tmp_path, monkeypatch):
    with serve(site) as found:
        catalog_at(tmp_path / "catalog", found, monkeypatch, wanted(SERIES))
        yield found


@pytest.fixture
def small(site, host, tmp_path, monkeypatch):
    """The same site, of which the catalog wants one catalogue: 62 figures in few requests."""
    catalog_at(tmp_path / "small", host, monkeypatch, wanted(ONE))
    return host


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data"


def run(root, host, **options):
    lines: list[str] = []
    options = {"client": quick(host), "today": TODAY, "progress": lines.append} | options
    return fetch(root, *PLACE, **options), lines


def cells(rows) -> dict[tuple[str, str, str, int], float]:
    keys = zip(
        rows["indicator_label"], rows["unit"], rows["province_code"], rows["year"], strict=True
    )
    return dict(zip(keys, rows["value"], strict=True))


def bundled_cells() -> dict[tuple[str, str, str, int], float]:
    vintage = archive.vintages(bundled.ARCHIVE.parent, *PLACE)[0]
    return cells(read_vintage(vintage))


def archived(root) -> Vintage:
    (vintage,) = archive.vintages(root, *PLACE)
    return vintage


def failing(root, host, match: str, error=FetchError) -> str:
    """Fetch in vain: the archive stays empty, the message has the remedy; returns the message."""
    with pytest.raises(error, match=match) as caught:
        run(root, host)
    text = str(caught.value)
    assert "data/README.md" in text and "make receipt" in text
    assert archive.vintages(root, *PLACE) == []
    return text


def rejected(root: Path) -> Path:
    return root / "landing" / PLACE[0] / str(PLACE[1]) / ".fetch" / "rejected"


def kept(root) -> list[str]:
    files = rejected(root).glob("*")
    return sorted(path.name for path in files if not path.name.endswith(".receipt.yml"))


def test_a_full_fetch_gives_the_bundled_figures(site, host, root) -> None:
    done, lines = run(root, host)
    rows = read_vintage(archived(root))
    assert len(rows) == done.figures == 806
    assert cells(rows) == bundled_cells()
    assert set(rows["status"]) == {"official"} and [p.rows for p in done.parts] == [806]
    assert any("2 series" in line for line in lines)


def test_the_receipt_tells_every_request(site, host, root) -> None:
    run(root, host)
    receipt = archived(root).receipt
    last = max(entry.retrieved_at for entry in receipt.files)
    assert receipt.vintage.isoformat() == last[:10]
    data = [entry for entry in receipt.files if entry.format == "nbs_esdata_json"]
    assert len(data) == 5  # four catalogues, one of them in two slices, which share no year
    asked = {json.loads(entry.body)["dts"][0] for entry in data}
    assert asked == {"2005YY-2014YY", "2015YY-2025YY", "2005YY-2025YY"}
    for entry in receipt.files:
        assert entry.url.startswith(f"http://{host}/") and entry.status == 200
        assert entry.headers["Content-Type"].startswith("application/json")
        assert not {"set-cookie", "cookie"} & {name.lower() for name in entry.headers}
    body = json.loads(data[0].body)
    assert isinstance(body["dts"], list) and body["daCatalogId"] == "" and len(body["das"]) == 31
    assert archive.verify(root) == []


def test_the_same_answers_make_no_second_vintage(site, host, root) -> None:
    first, _ = run(root, host)
    again, lines = run(root, host)
    assert first.vintage and again.vintage is None
    assert archived(root).name == first.vintage
    assert "archived already" in lines[-1]


def of_an_earlier_day(root: Path) -> None:
    """Let the first capture be one of an earlier day."""
    folder = archived(root).folder
    earlier = folder.with_name("2026-10-01")
    folder.rename(earlier)
    text = yaml.safe_load((earlier / "receipt.yml").read_text("utf-8"))
    text["vintage"] = earlier.name
    (earlier / "receipt.yml").write_text(yaml.safe_dump(text, allow_unicode=True), "utf-8")


def test_a_restated_figure_makes_a_vintage_of_the_changed_answer_only(
    site, host, root, monkeypatch
) -> None:
    run(root, host)
    receipt = read_receipt(archived(root).folder / "receipt.yml")
    of_an_earlier_day(root)
    site.catalogues[OTHER][0].values["北京", 2024] = "1234.5"
    done, _ = run(root, host)
    old, new = archive.vintages(root, *PLACE)
    assert (old.name, new.name) == ("2026-10-01", done.vintage)
    assert len(old.receipt.files) == len(receipt.files)
    assert [e.name for e in new.receipt.files if e.format == "nbs_esdata_json"] == [
        "esdata_其他_2005-2025.json"
    ]
    assert read_vintage(new).query("province_code == '110000'")["value"].max() == (1234.5)


def test_other_region_fields_and_one_region_a_request(
    tmp_path, monkeypatch, site, host, root
) -> None:
    site.region_fields = ("areaCode", "area")
    catalog_at(tmp_path / "one", host, monkeypatch, wanted(ONE, regions_per_request=1))
    done, _ = run(root, host)
    asked = [json.loads(r.body) for r in site.seen if r.path.endswith("esData")]
    assert done.figures == 62
    assert len(asked) == 31 and {body["showType"] for body in asked} == {"1"}


def test_missing_values_are_never_zero(site, small, root) -> None:
    values = site.catalogues[OTHER][0].values
    values["北京", 2024], values["天津", 2024] = "", "无"
    run(root, small)
    rows = read_vintage(archived(root))
    jobs = rows[rows["indicator_label"] == "就业人员"].set_index("province_code")
    assert "110000" not in jobs.index
    assert jobs.loc["120000", "value_printed"] == "无" and jobs["value"].isna().sum() == 1
    assert (jobs["value"].dropna() > 0).all()


def test_the_31_regions_of_the_whole_catalogue_are_asked_and_no_others(site, host, root) -> None:
    run(root, host)
    (tree,) = [r for r in site.seen if r.path.endswith("getDaCatalogTreeByIndicatorCid")]
    keys = {i["_name"]: i["_id"] for i in json.loads(site.route(tree)[1].content)["data"]}
    assert list(keys) == ["东部地区", "全部地区"]
    (listed,) = [r for r in site.seen if r.path.endswith("getDasByDaCatalogId")]
    assert listed.query["daCid"] == keys["全部地区"]
    for request in site.seen:
        if request.path.endswith("esData"):
            asked = {region["value"][:2] for region in json.loads(request.body)["das"]}
            assert len(asked) == 31 and not asked & {"71", "81", "82"}


def test_figures_of_regions_outside_the_panel_are_left_out(site, host, root) -> None:
    def with_taiwan(document):
        first = dict(document["data"][0]["values"][0])
        first.update(da="710000000000", da_name="台湾省", value="1.0")
        document["data"][0]["values"].append(first)

    site.fail("esData", standin.edited(with_taiwan))
    done, _ = run(root, host)
    assert done.figures == 806


def test_a_cookie_challenge_is_answered(site, host, root) -> None:
    site.fail("*", standin.challenge)
    done, _ = run(root, host)
    assert done.figures == 806


def drop_beijing(document):
    for period in document["data"]:
        period["values"] = [v for v in period["values"] if v["da_name"] != "北京市"]


def other_unit(document):
    for period in document["data"]:
        for value in period["values"]:
            value["du_name"] = "亿美元"
            value["i_showname"] = value["i_showname"].split(" (")[0] + " (亿美元) "


def later_year(document):
    document["data"][0]["code"] = "2026YY"
    document["data"][0]["values"][0]["value"] = "5"


def spoiled(value):
    def edit(document):
        values = [entry for period in document["data"] for entry in period["values"]]
        next(v for v in values if v["value"] and v["da"] == "110000000000")["value"] = value

    return edit


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (standin.instead(html()), "text/html, expected application/json"),
        (standin.instead(Reply(b"<html></html>")), "not a web page"),
        (
            standin.instead(as_json({"success": False, "state": 50000, "message": "系统异常"})),
            "系统异常",
        ),
        (standin.instead(Reply(b"", status=403)), "refuses with HTTP status 403"),
        (standin.instead(Reply(b"", status=500)), "HTTP status 500"),
        (standin.cut, "ended early, after"),
        (standin.bomb(3_000_000), "larger than 2000000 bytes"),
        (standin.elsewhere("https://example.org/x"), "another host"),
        (standin.edited(drop_beijing), "lacks 北京"),
        (standin.edited(other_unit), "亿美元, expected"),
        (standin.edited(later_year), "edition 2026 contains a value for 2026"),
        (standin.edited(spoiled("12,3")), "thousands separators"),
        (standin.edited(spoiled([])), "text"),
        (standin.edited(spoiled("-5")), "zero or more"),
    ],
)
def test_a_bad_data_answer_is_a_clear_error_and_its_bytes_are_kept(
    site, small, root, fault, said
) -> None:
    site.fail("esData", fault)
    with pytest.raises(FetchError, match=said) as caught:
        run(root, small, client=quick(small, largest=2_000_000))
    assert "data/README.md" in str(caught.value) and "esdata" in str(caught.value).lower()
    assert archive.vintages(root, *PLACE) == []
    asked = [name for name in kept(root) if "esdata_" in name]
    receipts = [(rejected(root) / f"{name}.receipt.yml").read_text("utf-8") for name in asked]
    assert receipts and all("method: POST" in text for text in receipts), "how to ask for it again"
    # once the source has mended itself the same command succeeds, and asks only what it lacks
    site.faults.clear()
    site.seen.clear()
    done, _ = run(root, small)
    assert done.figures == 62
    assert not [r for r in site.seen if r.path.endswith("queryIndexTreeAsync")]


def without_year(document):
    del document["data"][5]


def two_years(document):
    document["data"] = document["data"][:2]


def without_one_cell(document):
    values = document["data"][4]["values"]
    values.remove(next(value for value in values if value["da"] == "540000000000"))


def without_a_series_in_one_year(document):
    period = document["data"][4]
    first = period["values"][0]["_id"]
    period["values"] = [value for value in period["values"] if value["_id"] != first]


@pytest.mark.parametrize(
    ("edit", "missing"),
    [
        (without_year, "2020"),
        (two_years, "2005; 2006"),
        (without_one_cell, "2021 西藏"),
        (without_a_series_in_one_year, "2021 北京"),
    ],
)
def test_an_answer_without_a_year_or_a_cell_is_refused(site, small, root, edit, missing) -> None:
    site.fail("esData", standin.edited(edit))
    with pytest.raises(FetchError) as caught:
        run(root, small)
    lacking = [p.fields for p in caught.value.problems if "missing" in p.fields]
    assert lacking and lacking[0]["missing"].startswith(missing)
    assert {p.code for p in caught.value.problems} == {Code.FETCH_LACKING}
    assert archive.vintages(root, *PLACE) == []


def emptied(year: int, code: str):
    def edit(document):
        for period in document["data"]:
            for value in period["values"]:
                if period["code"] == f"{year}YY" and value["da"] == code:
                    value["value"] = ""

    return edit


def test_an_empty_cell_between_others_is_named(site, host, root) -> None:
    site.fail("esData", standin.edited(emptied(2012, "540000000000")))
    done, lines = run(root, host)
    named = [gap for gap in done.gaps if "2012 西藏" in gap.fields["missing"]]
    assert named and any(str(named[0]) in line for line in lines)


def test_a_cell_that_an_earlier_answer_has_is_a_problem(site, host, root) -> None:
    run(root, host)
    of_an_earlier_day(root)
    site.fail("esData", standin.edited(emptied(2012, "540000000000")))
    with pytest.raises(FetchError) as caught:
        run(root, host)
    lost = [p for p in caught.value.problems if p.code == Code.HISTORY_LOST]
    assert lost and all("2012 西藏" in problem.fields["missing"] for problem in lost)


@pytest.mark.parametrize("value", [None, ""])
def test_a_placeholder_and_a_period_without_values_are_no_row(site, host, root, value) -> None:
    def edit(document):
        values = [entry for period in document["data"] for entry in period["values"]]
        next(v for v in values if v["value"] and v["da"] == "110000000000")["value"] = value
        document["data"].append({"code": "2004YY", "name": "2004年"})

    site.fail("esData", standin.edited(edit), times=1)
    assert run(root, host)[0].figures == 805


def test_a_city_in_the_list_of_regions_is_passed_over(site, small, root) -> None:
    def edit(document):
        city = {"show_name": "青岛市", "name_text": "青岛市", "name_value": "370200000000"}
        document["data"].insert(0, city)

    site.fail("getDasByDaCatalogId", standin.edited(edit))
    assert run(root, small)[0].figures == 62


def test_one_bad_catalogue_does_not_cost_the_good_ones(site, host, root) -> None:
    site.fail("esData", standin.instead(as_json({"success": True, "data": []})), times=2)
    with pytest.raises(FetchError, match="some requested values are missing") as caught:
        run(root, host)
    assert "lacks 北京" in str(caught.value) and "fetch again" in str(caught.value)
    held = read_vintage(archived(root))
    assert 0 < len(held) < 806 and (root / "extracted").exists()
    site.faults.clear()
    run(root, host)
    rows = [read_vintage(vintage) for vintage in archive.vintages(root, *PLACE)]
    assert {key for part in rows for key in cells(part)} == set(bundled_cells())


def rename(document):
    document["data"]["list"][0]["i_showname"] = "从业人员 (万人) "


def another_unit(document):
    document["data"]["list"][1] |= {
        "i_showname": "规模以上工业企业R&D经费 (万元) ",
        "du_name": "万元",
    }


def drop_region(document):
    document["data"] = [item for item in document["data"] if item["show_name"] != "西藏自治区"]


def swap_regions(document):
    first, second = document["data"][0], document["data"][1]
    first["show_name"], second["show_name"] = second["show_name"], first["show_name"]


def rename_all_regions(document):
    document["data"][1]["_name"] = "全国"


@pytest.mark.parametrize(
    ("call", "edit", "said"),
    [
        ("queryIndicatorsByCid", rename, r"no series named 就业人员 \(it has: 从业人员"),
        ("queryIndicatorsByCid", another_unit, "R&D经费 is in 万元, expected 亿元"),
        (
            "getDaCatalogTreeByIndicatorCid",
            rename_all_regions,
            "no catalogue of regions named 全部",
        ),
        ("getDasByDaCatalogId", drop_region, "lacks 西藏"),
        ("getDasByDaCatalogId", swap_regions, "gives region"),
        ("queryIndexTreeAsync", lambda document: {"data": "none"}, "expected a list of objects"),
    ],
)
def test_a_listing_that_is_refused_is_asked_for_again(site, small, root, call, edit, said) -> None:
    site.fail(call, standin.edited(edit))
    failing(root, small, said)
    assert kept(root)
    site.faults.clear()
    assert run(root, small)[0].figures == 62


def another_series(document):
    document["data"][0]["values"][0] |= {"i_showname": "人口 (万人) ", "du_name": "万人"}


def another_region(document):
    document["data"][0]["values"][0] |= {"da": "999999000000", "da_name": "某地"}


def nameless(document):
    document["data"][0].pop("_id")


@pytest.mark.parametrize(
    ("call", "edit", "code", "fields"),
    [
        ("queryIndexTreeAsync", nameless, Code.FETCH_ANSWER, {"names": "_id"}),
        ("esData", another_series, Code.FETCH_SERIES, {"label": "人口"}),
        ("esData", another_region, Code.FETCH_ANSWER, {"name": "某地"}),
    ],
)
def test_an_answer_to_another_question_is_refused(
    site, small, root, call, edit, code, fields
) -> None:
    site.fail(call, standin.edited(edit))
    with pytest.raises(FetchError) as caught:
        run(root, small)
    found = next(p for p in caught.value.problems if p.code == code)
    assert fields.items() <= found.fields.items()
    assert archive.vintages(root, *PLACE) == []


def test_a_tree_without_end_is_given_up(small, root, monkeypatch) -> None:
    monkeypatch.setattr(fetch_database, "_MOST_NODES", 1)
    with pytest.raises(FetchError) as caught:
        run(root, small)
    assert caught.value.codes == [Code.FETCH_ANSWER, Code.FETCH_LACKING]
    assert caught.value.problems[0].fields == {"limit": 1}


def test_a_source_that_nobody_fetches_is_landed(root) -> None:
    edition = min(source("customs").editions)
    with refuses(FetchError, Code.FETCH_LACKING, source="customs"):
        fetch(root, "customs", edition, today=TODAY)


def test_a_catalogue_that_is_gone_is_named(site, small, root) -> None:
    del site.catalogues[OTHER]
    site.catalogues["其他指标"] = []
    assert "nearest: 其他指标" in failing(root, small, "in the tree is named 其他")


def test_a_stopped_fetch_goes_on_where_it_was(site, host, root) -> None:
    client = quick(host)
    asked = client.ask
    count = 0

    def stop_on_the_way(*arguments, **options):
        nonlocal count
        count += 1
        if count == 9:  # robots.txt and seven of the interface
            raise KeyboardInterrupt
        return asked(*arguments, **options)

    client.ask = stop_on_the_way
    with pytest.raises(KeyboardInterrupt):
        run(root, host, client=client)
    before = len(site.seen)
    assert before == 7 and archive.vintages(root, *PLACE) == []
    done, _ = run(root, host)
    assert done.figures == 806
    paths = [(r.method, r.path, tuple(r.query.items()), r.body) for r in site.seen]
    assert len(set(paths)) == len(paths)  # nothing was asked twice
    assert not (root / "landing" / PLACE[0] / "2026" / ".fetch").exists()


def damaged(folder) -> None:
    (folder / "tree_top.json").write_bytes(b"{}")


def of_another_day(folder) -> None:
    side = folder / "tree_top.json.receipt.yml"
    before = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    text = re.sub("retrieved_at: .*", f"retrieved_at: '{before}'", side.read_text("utf-8"))
    side.write_text(text, "utf-8")


def without_its_request(folder) -> None:
    (folder / "tree_top.json.receipt.yml").write_text("name: [", "utf-8")


@pytest.mark.parametrize("spoil", [damaged, of_another_day, without_its_request])
def test_a_kept_answer_that_cannot_be_trusted_is_asked_again(site, small, root, spoil) -> None:
    site.fail("esData", standin.instead(html()))
    with pytest.raises(FetchError):
        run(root, small)
    site.faults.clear()
    site.seen.clear()
    spoil(root / "landing" / PLACE[0] / "2026" / ".fetch")
    assert run(root, small)[0].figures == 62
    asked = [r.query.get("pid", "") for r in site.seen if r.path.endswith("queryIndexTreeAsync")]
    assert asked == [""]


def test_a_dry_run_asks_nothing(site, host, root) -> None:
    done, lines = run(root, host, dry_run=True)
    assert site.seen == [] and not root.exists()
    assert any("POST" in line and "就业人员 (万人)" in line for line in lines)
    assert done.planned and done.vintage is None


def test_two_fetches_of_one_edition_do_not_mix(site, small, root) -> None:
    def nested(_request, reply):
        with pytest.raises(FetchError, match="another fetch of this edition"):
            run(root, small)
        return reply

    site.fail("getDaCatalogTreeByIndicatorCid", nested, 1)
    assert run(root, small)[0].figures == 62


def test_offline_names_the_landing_form_and_leaves_the_archive(tmp_path, monkeypatch, root) -> None:
    catalog_at(tmp_path / "catalog", "127.0.0.1:9", monkeypatch)
    text = failing(root, "127.0.0.1:9", "does not respond", SourceUnreachable)
    assert "landing/statistical_yearbook/2026/" in text


@pytest.mark.parametrize(
    ("contact", "is_"), [("", "''"), ("作者", "'作者'"), ("x" * 201, "201 char")]
)
def test_without_a_contact_nothing_is_asked(site, small, root, monkeypatch, contact, is_) -> None:
    monkeypatch.setenv("LIVING_PANEL_CONTACT", contact)
    with pytest.raises(FetchError, match=f"LIVING_PANEL_CONTACT is .*{is_}.*expected a line of"):
        run(root, small, client=None)
    assert site.seen == []
