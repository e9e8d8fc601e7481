"""Yearbook pages, the ministry's bulletin and the postal notices, served over HTTP by proxies."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date

import pytest

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.fetching.fetch import fetch
from living_panel.ingestion.fetching.http import FetchError
from living_panel.ingestion.formats.layouts import layouts
from living_panel.ingestion.reading.vintages import read_vintage
from living_panel.ingestion.storage import archive
from tests.fixtures.sources import bundled, documents, standin
from tests.fixtures.sources.settings import catalog_at, quick
from tests.fixtures.sources.standin import Pages, PostBureau, Reply, html, serve
from tests.refusals import refuses

TODAY = date(2026, 11, 25)
XLS = "application/vnd.ms-excel"


TRADE = Reply(documents.trade_xls(), media_type=XLS)
GDP = Reply(documents.xlsx(documents.gdp_sheet()), media_type="application/octet-stream")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Serve a site with the catalog pointing at it."""
    with ExitStack() as running:

        def started(site):
            host = running.enter_context(serve(site))
            catalog_at(tmp_path / "catalog", host, monkeypatch)
            return host

        yield started


def run(root, host, source, edition):
    lines: list[str] = []
    done = fetch(root, source, edition, client=quick(host), today=TODAY, progress=lines.append)
    return done, lines


def extracted(root, source, edition):
    (vintage,) = archive.vintages(root, source, edition)
    return read_vintage(vintage)


def refused(root, host, source, edition, match):
    with pytest.raises(FetchError, match=match) as caught:
        run(root, host, source, edition)
    assert "data/README.md" in str(caught.value)
    assert archive.vintages(root, source, edition) == []
    return str(caught.value)


def partly(root, host, source, edition, match):
    """Good files are archived all the same; bad ones are reported, with the remedy."""
    with pytest.raises(FetchError, match=match) as caught:
        run(root, host, source, edition)
    assert "data/README.md" in str(caught.value) and "some requested values are missing" in str(
        caught.value
    )
    assert len(extracted(root, source, edition))


# -- yearbook --------------------------------------------------------------------------------------


def yearbook(links: str) -> Pages:
    frame = '<html><frameset><frame src="left.htm"><frame src="right.htm"></frameset></html>'
    listing = f"<html><meta charset=gb2312><ul id='foldinglist'>{links}</ul></html>"
    return Pages(
        pages={
            "/sj/ndsj/2023/indexch.htm": html(frame),
            "/sj/ndsj/2023/left.htm": Reply(listing.encode("gb2312"), media_type="text/html"),
            "/sj/ndsj/2023/html/T1.xls": TRADE,
            "/sj/ndsj/2023/html/X77.xlsx": GDP,
        }
    )


LINKS = (
    "<li><a href='html/C03-08.jpg'>3-8 地区生产总值一、</a></li>"
    "<li><a href='html/X77.xlsx'>3-9 地区生产总值</a></li>"
    "<li><a href='html/T1.xls'>11-8 分地区货物进出口总额</a></li>"
    "<li><a href='html/C20-13.jpg'>20-13 分地区国内专利申请受理量和授权量</a></li>"
)


@pytest.mark.long
def test_yearbook_tables_are_found_by_title_and_images_are_named(root, start) -> None:
    host = start(yearbook(LINKS))
    done, lines = run(root, host, "statistical_yearbook", 2023)
    rows = extracted(root, "statistical_yearbook", 2023)
    assert done.figures == len(rows) == 96 + 62
    assert any("专利" in line and "image" in line for line in lines)
    beijing = rows.query(
        "province_code == '110000' and indicator_label == '经营单位所在地出口总额'"
    )
    assert beijing["value"].tolist() == [bundled.trade()["北京"][1]]


def test_a_yearbook_of_images_has_to_be_landed(root, start) -> None:
    host = start(yearbook(LINKS.replace(".xlsx", ".jpg").replace(".xls", ".jpg")))
    text = refused(root, host, "statistical_yearbook", 2023, "has these tables only as images: ")
    assert "分地区货物进出口总额" in text


def test_the_workbook_beside_a_picture_is_named(root, start) -> None:
    pictures = LINKS.replace("X77.xlsx", "C03-09.jpg").replace("T1.xls", "C11-08.jpg")
    site = yearbook(pictures)
    site.pages["/sj/ndsj/2023/html/C11-08.xls"] = TRADE
    site.pages["/sj/ndsj/2023/html/C20-13.xls"] = html()
    text = refused(root, start(site), "statistical_yearbook", 2023, "Workbooks next to the images")
    assert f"{site.base}/sj/ndsj/2023/html/C11-08.xls" in text
    assert "C03-09.xls" not in text and "C20-13.xls" not in text


@pytest.mark.long
def test_a_second_fetch_with_nothing_new_says_so_and_archives_nothing(root, start) -> None:
    site = yearbook(LINKS.split("</li>")[2])  # one table
    for path, page in site.pages.items():
        page.headers = {"ETag": f'"{path}"'}
    host = start(site)
    run(root, host, "statistical_yearbook", 2023)
    first, asked = extracted(root, "statistical_yearbook", 2023), len(site.seen)
    site.fail("*", standin.unchanged)
    done, lines = run(root, host, "statistical_yearbook", 2023)
    assert done.vintage is None and len(site.seen) == 2 * asked
    assert "3 answers unchanged, says the server" in lines[-1]
    assert extracted(root, "statistical_yearbook", 2023).equals(first)
    # what is damaged in the archive is not taken for what the server has: it is asked for anew
    (held,) = (root / "archive").glob("*/*/*/*.xls")
    held.chmod(0o644)
    held.write_bytes(b"damaged")
    before = len(site.seen)
    with pytest.raises(Exception, match=held.name):
        run(root, host, "statistical_yearbook", 2023)
    again = next(r for r in site.seen[before:] if r.path.endswith(".xls"))
    assert "If-None-Match" not in again.headers


@pytest.mark.long
def test_an_error_page_under_the_name_of_a_workbook(root, start) -> None:
    site = yearbook(LINKS)
    site.pages["/sj/ndsj/2023/html/T1.xls"] = html()
    host = start(site)
    partly(root, host, "statistical_yearbook", 2023, "a table titled")


def test_an_edition_without_layout_says_where_to_describe_it() -> None:
    with pytest.raises(ExtractionError, match="statistical_yearbook/layouts"):
        layouts("statistical_yearbook", 2010, "page.htm")


# -- bulletin --------------------------------------------------------------------------------------

BULLETIN = "/wzs/202310/20231010105622259.pdf"


@pytest.mark.long
def test_the_bulletin_of_a_listed_edition(root, start) -> None:
    content = documents.bulletin([documents.BULLETIN_HEAD + documents.bulletin_rows()])
    host = start(Pages(pages={BULLETIN: Reply(content, media_type="application/pdf")}))
    done, _ = run(root, host, "commerce_fdi", 2023)
    rows = extracted(root, "commerce_fdi", 2023)
    assert done.figures == len(rows) == 62
    rows = rows[rows["value"].notna()]
    money = rows[rows["indicator_label"] == "实际使用外资金额"]
    assert set(money["year"]) == {2022} and set(money["unit"]) == {"亿元"}
    printed = dict(zip(money["province_label"], money["value_printed"], strict=True))
    assert printed == {name: value for name, (_, value, _) in bundled.investment().items()}


def test_a_bulletin_that_is_not_listed_names_the_list(root, start) -> None:
    host = start(Pages())
    with refuses(FetchError, Code.FETCH_ADDRESS):
        run(root, host, "commerce_fdi", 2022)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (html(), "text/html, expected application/pdf"),
        (Reply(b"<html>", media_type="application/pdf"), "not a PDF"),
        (Reply(b"%PDF-1.4 cut", media_type="application/pdf"), "may be cut"),
    ],
)
def test_what_comes_instead_of_the_bulletin(root, start, reply, said) -> None:
    refused(root, start(Pages(pages={BULLETIN: reply})), "commerce_fdi", 2023, said)


# -- postal notices --------------------------------------------------------------------------------

NOTICE = "/gjyzj/c100015/c100016/202501/" + "a" * 32 + ".shtml"
COMMUNIQUE = "/gjyzj/c100276/202505/" + "b" * 32 + ".shtml"


@pytest.fixture
def bureau():
    months = [(f"2025年1-{m}月邮政行业运行情况", f"/m{m}.shtml") for m in range(11, 1, -1)]
    listed = [
        *months,
        ("国家邮政局公布2025年上半年邮政行业运行情况", "/h.shtml"),
        *[(f"其他消息{i}", f"/o{i}.shtml") for i in range(15)],
        ("2024年邮政行业运行情况", NOTICE),
        ("2023年邮政行业运行情况", "/older.shtml"),
    ]
    return PostBureau(
        listed=listed,
        search="/common/search/ce2d4d5628314ff7a81553529fb7f6a0",
        pages={
            NOTICE: html(documents.notice()),
            COMMUNIQUE: html(documents.communique()),
            "/gjyzj/c100276/common_list.shtml": html(
                "<html><body><a href='/x.shtml'><p>2025年邮政行业发展统计公报</p></a>"
                f"<a href='{COMMUNIQUE}'><img/><p>2024年邮政行业发展统计公报</p>"
                "<span>2025-05-22</span></a></body></html>"
            ),
        },
    )


@pytest.mark.long
def test_notice_and_communique_of_the_year_before_the_edition(root, start, bureau) -> None:
    host = start(bureau)
    done, _ = run(root, host, "postal_express", 2025)
    rows = extracted(root, "postal_express", 2025)
    assert done.figures == len(rows) == 66
    parcels = rows.query("indicator_label == '快递业务量' and province_code != '000000'")
    printed = dict(zip(parcels["province_label"], parcels["value_printed"], strict=True))
    assert printed == {name: value for name, (value, _) in bundled.parcels().items()}
    abroad = rows[rows["indicator_label"] == "国际/港澳台快递业务收入"]
    assert abroad["value"].tolist() == [float(bundled.INTERNATIONAL)]
    asked = [request.path for request in bureau.seen]
    assert len(asked) == 5  # two pages of the list, the communiqués, two articles
    assert "/m11.shtml" not in asked and "/older.shtml" not in asked


@pytest.mark.long
def test_without_a_communique_the_notice_still_comes(root, start, bureau) -> None:
    del bureau.pages[COMMUNIQUE]
    bureau.pages["/gjyzj/c100276/common_list.shtml"] = html("<html><body></body></html>")
    done, lines = run(root, start(bureau), "postal_express", 2025)
    assert done.figures == 65
    assert any("put its international revenue into landing/" in line for line in lines)


def test_no_article_about_the_year_is_an_error(root, start, bureau) -> None:
    refused(root, start(bureau), "postal_express", 2023, "no annual notice and no communiqué")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (standin.instead(standin.as_json({"data": "对不起，未能找到"})), "a list data.results"),
        (standin.instead(standin.as_json({"data": {"total": 1, "results": "无"}})), "a list"),
        (
            standin.instead(standin.as_json({"data": {"total": 1, "results": [{}]}})),
            "has no title",
        ),
        (standin.instead(html()), "expected application/json"),
        (standin.cut, "ended early"),
    ],
)
def test_a_list_that_cannot_be_read(root, start, bureau, fault, said) -> None:
    bureau.fail("list", fault)
    refused(root, start(bureau), "postal_express", 2025, said)


@pytest.mark.long
def test_an_article_on_another_host_is_not_asked(root, start, bureau) -> None:
    bureau.listed[-2] = ("2024年邮政行业运行情况", "http://example.org/notice.shtml")
    partly(
        root,
        start(bureau),
        "postal_express",
        2025,
        r"the catalog does not list the host example\.org",
    )


@pytest.mark.long
def test_an_article_that_lacks_a_province_is_not_archived_and_costs_no_other(
    root, start, bureau
) -> None:
    page = bureau.pages[NOTICE].content.decode()
    row = page[page.index("<tr><td>四川") :].split("</tr>")[0] + "</tr>"
    bureau.pages[NOTICE] = html(page.replace(row, ""))
    partly(root, start(bureau), "postal_express", 2025, "30 provinces, without 四川")
    rows = extracted(root, "postal_express", 2025)
    assert set(rows["file"]) == {"communique_2024.shtml"}
    folder = root / "landing" / "postal_express" / "2025" / ".fetch" / "rejected"
    assert [p.name for p in folder.glob("*notice_2024.shtml")]
