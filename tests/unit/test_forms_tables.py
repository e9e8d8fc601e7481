"""Yearbook workbooks and pages, the bulletin and the postal articles, read by their layouts."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlwt
from reportlab.pdfgen import canvas
from reportlab.platypus import Table

from living_panel.ingestion.formats.docx import read_docx_grids
from living_panel.ingestion.formats.grid import column_letters
from living_panel.ingestion.formats.html import read_html_grids, read_page
from living_panel.ingestion.formats.layouts import layout_files, read_layout, title_of
from living_panel.ingestion.formats.number_format import plain, shown
from living_panel.ingestion.formats.pdf import read_pdf_grids
from living_panel.ingestion.formats.teach import preview
from living_panel.ingestion.formats.workbook import read_workbook
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provinces import UnknownProvince
from living_panel.ingestion.reading.readers import readers
from living_panel.ingestion.sources.postal_express.article import subject
from tests.fixtures.sources import bundled, documents, taught
from tests.fixtures.sources.outcome import article, refused, zipped


def yearbook(data: bytes, edition: int = 2023):
    return readers("statistical_yearbook")["table"](data, "own", edition)


def of(figures, label: str) -> dict[str, str]:
    """Printed values of one series by printed province label without blanks."""
    return {
        "".join(f.province_label.split()): f.value_printed
        for f in figures
        if f.indicator_label == label
    }


# -- workbooks -------------------------------------------------------------------------------------


def test_the_row_of_the_country_comes_with_its_place_label_and_unit() -> None:
    figures, faults = yearbook(documents.trade_xls())
    assert faults == [] and len(figures) == 96
    for i, word in enumerate(("进出口", "出口", "进口")):
        country = sum(row[i] for row in bundled.trade().values())
        assert of(figures, f"经营单位所在地{word}总额")["全国"] == str(country)
    assert {(f.unit, f.year) for f in figures} == {("千美元", 2022)}
    assert figures[0].location == "sheet 1 cell B5" and figures[0].province_label == "全  国"


def test_raised_characters_of_an_xls_cell_are_no_digits() -> None:
    book, raised = xlwt.Workbook(), xlwt.Font()
    raised.escapement = xlwt.Font.ESCAPEMENT_SUPERSCRIPT
    sheet = book.add_sheet("1")
    sheet.write_rich_text(0, 0, (("123", xlwt.Font()), ("1)", raised), (" a", xlwt.Font())))
    sheet.write_rich_text(0, 1, ("45", ("2", xlwt.Font())))
    stream = io.BytesIO()
    book.save(stream)
    (grid,) = read_workbook(stream.getvalue(), "own.xls")
    assert grid.cells == [["123[1)] a", "452"]]


def gdp(edit=None, **changes: object) -> bytes:
    """The workbook of products and indices after a change of cells or of the whole sheet."""
    whole = edit and (lambda book: edit(book.worksheets[0]))
    return documents.xlsx(documents.gdp_sheet(**changes), edit=whole)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (gdp(A1="3-9 地区生产总值指数"), "a table titled"),
        (gdp(A1=None), "a table titled"),
        (gdp(B2=None), "a printed unit"),
        (gdp(B3="第一产业"), "the header 地区生产总值"),
        (gdp(B3="地区生产总值 2021"), "values of 2022"),
        (gdp(B6="n.a."), "plain decimal"),
        (gdp(B6=True), "plain decimal"),
        (gdp(A6="深圳"), "31 provinces"),
        (gdp(A6=""), "a region before the values"),
        (gdp(lambda sheet: sheet.delete_rows(8)), "30 provinces, without 内蒙古"),
        (gdp(lambda sheet: sheet.delete_rows(4, 31)), "rows of provinces"),
        (gdp(B2="单位：件"), "one of 亿元"),
        (gdp(lambda sheet: sheet.merge_cells("B5:B6")), "a value for 河 北 alone"),
    ],
)
def test_a_table_that_has_moved_or_changed_is_refused(data, part) -> None:
    refused(part, yearbook, data)


@pytest.mark.parametrize(
    "changes",
    [
        {"A1": None, "C1": "3-9 地区生产总值(2022年)"},  # alone in its row, in the middle
        {"C1": "Gross Regional Product"},
        {"A1": "3-9  地区生产总值(2022年)　单位：亿元", "B2": None},
        {"A1": "3-9  地区生产总值(2022年) （单位：亿元）", "B2": None},
        {"B2": "（计量单位：亿元）"},
        {"A2": "地  区", "A3": None},  # a header row whose first words read as the title
    ],
)
def test_a_title_stands_in_the_first_column_or_alone(changes) -> None:
    figures, faults = yearbook(gdp(**changes))
    assert faults == [] and len(figures) == 62


@pytest.mark.parametrize(
    ("changes", "unit", "part"),
    [
        ({"B2": None}, "亿元", ""),
        ({"B2": "单位:亿元、%"}, "亿元", ""),
        ({"B3": "地区生产总值(万元)"}, "亿元", ""),
        ({"B2": None}, "", "a printed unit, one of 亿元"),
        ({"B2": "单位:亿元、%"}, "", "'亿元, %' - expected one unit above the table"),
        ({"B2": "单位:万元"}, "亿元", "亿元, as the layout says"),
    ],
)
def test_where_a_table_prints_no_unit_or_several_the_layout_says_it(changes, unit, part) -> None:
    column = {"label": "地区生产总值", "header": ["地区生产总值"], "year": -1, "unit": unit}
    layout = {"source": "statistical_yearbook", "editions": [2023], "titles": ["地区生产总值"]}
    data = gdp(**changes)
    read = preview(data, "own", layout["source"], 2023, layout | {"columns": [column]})
    assert part in "".join(read["faults"]) and bool(read["faults"]) == bool(part)
    assert {figure[2] for figure in read["figures"]} == (set() if part else {"亿元"})


def test_a_column_is_found_by_its_words_wherever_it_stands() -> None:
    figures, faults = yearbook(gdp(lambda sheet: sheet.insert_cols(2)))
    assert faults == [] and figures[0].location == "sheet 1 cell C4"
    assert float(of(figures, "地区生产总值")["北京"]) == float(bundled.gdp()["北京"][0])


def test_blank_cells_and_printed_marks() -> None:
    figures, _ = yearbook(gdp(B5=None))
    assert "天津" not in of(figures, "地区生产总值")
    figures, _ = yearbook(gdp(B5="…"))
    (figure,) = [f for f in figures if f.value is None]
    assert figure.value_printed == "…"


@pytest.mark.parametrize(
    ("title", "applied", "granted"),
    [
        ("分地区国内专利申请受理量和授权量", "申请受理量", "授权量"),
        ("分地区国内三种专利申请数和授权数", "申请数", "授权数"),
    ],
)
def test_patents_in_both_wordings_of_the_yearbook(title, applied, granted) -> None:
    def merge(book) -> None:
        for area in ("A3:A4", "B3:D3", "E3:F3"):
            book.worksheets[0].merge_cells(area)

    head = [
        [f"20-20 {title}(2022年)"],
        ["", "单位:件"],
        ["地区", applied, "", "", granted],
        ["", "合计", "发明", "外观设计", "合计", "发明"],
    ]
    rows = [[name, i, i + 40, 5, i + 80, 6] for i, name in enumerate(bundled.FULL_NAMES)]
    figures, faults = yearbook(documents.xlsx([*head, *rows], edit=merge))
    assert faults == [] and {(f.unit, f.year) for f in figures} == {("件", 2022)}
    for more, label in enumerate(("专利申请受理量", "发明专利申请受理量", "专利授权量")):
        found = of(figures, f"国内{label}")
        assert found == {name: str(i + 40 * more) for i, name in enumerate(bundled.FULL_NAMES)}


def test_an_edition_without_layout_names_the_file_to_extend() -> None:
    data = documents.trade_xls()
    refused("statistical_yearbook/layouts", yearbook, data, edition=2027)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "a workbook"),
        (b"PK\x03\x04 not a zip", "can be read"),
        (documents.trade_xls()[:5000], "can be read"),
        (gdp()[:3000], "can be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "can be read"),
        (b" PK", ".xls or .xlsx"),
        (b"<html><body>404</body></html>", "a table titled"),
    ],
)
def test_what_is_no_workbook(data, part) -> None:
    refused(part, yearbook, data)


# -- archives of workbooks -------------------------------------------------------------------------

TRADE_MEMBER = "第十一篇/11-8_分地区货物进出口总额.xls"


def archived(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED):
    return yearbook(zipped(members, compression))


def test_a_zip_of_workbooks_gives_the_tables_that_layouts_know() -> None:
    figures, faults = archived(
        {
            TRADE_MEMBER: documents.trade_xls(),
            "3-9_地区生产总值.xlsx": gdp(),
            "1-1_其他.xls": b"never opened",
            "readme.txt": b"never opened",
        }
    )
    assert faults == [] and len(figures) == 96 + 62
    assert figures[0].location == "11-8_分地区货物进出口总额.xls sheet 1 cell B5"


def _linked(name: str) -> bytes:
    stream = io.BytesIO()
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (zipped({"../11-8_x.xls": b"x"}), "members inside the archive"),
        (zipped({"/etc/x.xls": b"x"}), "members inside the archive"),
        (zipped({"C:/x.xls": b"x"}), "members inside the archive"),
        (zipped({"a\\..\\..\\x.xls": b"x"}), "members inside the archive"),
        (_linked("x.xls"), "'a link'"),
        (zipped({"x.xls": b"0" * 40_000_000}), "bytes from"),
        (zipped({"1-1_其他.xls": b"x"}), "a table titled"),
        (zipped({TRADE_MEMBER: b"<html>404</html>"}), "the table that its file name states"),
    ],
)
def test_an_archive_that_is_refused(data, part) -> None:
    refused(part, yearbook, data)


def test_the_largest_workbook_of_an_archive() -> None:
    other, most = "1-1_其他.xls", 32 * 2**20
    refused("a table titled", archived, {other: bytes(most)}, zipfile.ZIP_STORED)
    refused(f"at most {most} bytes", archived, {other: bytes(most + 1)}, zipfile.ZIP_STORED)
    # a kilobyte holds a packed mebibyte of zeros, and 200 times that is a fifth of a mebibyte more
    refused("a table titled", archived, {other: bytes(2**20)})
    refused("2097152 bytes from", archived, {other: bytes(2 * 2**20)})


# -- hostile workbooks -----------------------------------------------------------------------------


def test_a_zip_bomb_is_not_unpacked() -> None:
    data = zipped({"xl/worksheets/sheet1.xml": b"0" * 80_000_000})
    refused("bytes unpacked", yearbook, data)


@pytest.mark.parametrize(
    ("part", "entity"),
    [
        ("xl/worksheets/sheet1.xml", b"".join(
            b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10 if i else b"lol") for i in range(12)
        )),
        ("xl/workbook.xml", b'<!ENTITY x SYSTEM "file:///etc/passwd">'),
        ("xl/workbook.xml", b""),  # the type alone: nobody needs one
    ],
)  # fmt: skip
def test_entities_in_a_workbook_are_refused(part, entity) -> None:
    def edit(name: str, data: bytes) -> bytes:
        return b"<!DOCTYPE x [" + entity + b"]>" + data if name == part else data

    data = documents.parts(gdp(), edit)
    refused("a document type with entities", yearbook, data)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"word/media/a.bin": b"0" * 16_000_000}, "bytes unpacked"),
        ({f"word/media/{n}.bin": b"" for n in range(2_000)}, "at most 2000 parts"),
        ({"word/vbaProject.bin": b"x"}, "a document without macros"),
        ({"word/notes.xml": b"<!DOCTYPE x><x/>"}, "a document type with entities"),
    ],
)
def test_a_hostile_document_is_refused(members: dict[str, bytes], words: str) -> None:
    data = documents.parts(taught.word([["地区", "2023"]]), lambda _, part: part, **members)
    refused(words, read_docx_grids, data, "own")


def test_an_area_of_the_whole_sheet_is_not_made_cell_by_cell() -> None:
    def area(new: bytes) -> bytes:
        return documents.in_sheet(documents.trade_sheet(), b'<mergeCell ref="A1:D1"', new)

    whole = area(b'<mergeCell ref="A1:XFD1048576"')
    refused("1048576 rows by 16384 columns", yearbook, whole)
    below = area(b'<mergeCell ref="EA3000:HA3001"')  # 2 rows by 79 columns, wherever they stand
    assert len(yearbook(below)[0]) == 93


def test_a_sheet_that_claims_a_million_rows() -> None:
    data = gdp(lambda sheet: sheet.cell(1_000_000, 1, "x"))
    refused("at most 4000 rows", yearbook, data)


def test_of_two_tables_with_one_title_the_line_below_it_tells_which_is_read() -> None:
    twin = documents.trade_sheet("(按境内目的地、货源地分)")
    both = {TRADE_MEMBER: documents.trade_xls(), "11-9_分地区货物进出口总额.xlsx": twin}
    figures, faults = archived(both)
    assert faults == [] and len(figures) == 96
    assert {f.location.split(".xls")[0] for f in figures} == {"11-8_分地区货物进出口总额"}


# -- old pages -------------------------------------------------------------------------------------


def page(old: str = "", new: str = "", encoding: str = "gb2312") -> bytes:
    text = documents.attainment_page()
    assert old in text
    return text.replace(old, new).encode(encoding)


def test_an_old_page_in_gb2312() -> None:
    figures, faults = yearbook(page(), 2004)
    assert faults == []
    counts = bundled.attainment()
    for i, level in enumerate(("未上过学", "小学", "初中", "高中", "大专及以上")):
        found = of(figures, f"6岁及6岁以上{level}人口数")
        assert {k: int(v) for k, v in found.items() if k != "全国"} == {
            name: row[i] for name, row in counts.items()
        }
    total = of(figures, "6岁及6岁以上人口数")
    assert int(total["全国"]) == sum(sum(row) for row in counts.values())
    assert {(f.unit, f.year) for f in figures} == {("人", 2003)}
    assert "抽样比为0.982‰" in figures[0].note


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (page("单位: 人", ""), "a printed unit"),
        (page("各地区按性别和受教育程度分的人口", "各地区人口"), "a table titled"),
        (page("初 中", "中 专"), "the header 初中"),
        (page("</html>", ""), "may be cut"),
        (page("charset=gb2312", "charset=utf-8"), "as the page declares"),
        (page("charset=gb2312", "charset=big5"), "Chinese GB encoding"),
        (page("<td>内蒙古</td>", "<td>内蒙</td>"), "31 provinces"),
        (b"<table><tr>" + b"<td>x" * 400 + b"</table>", "at most"),
        (b"<table>" + b"<tr><td>x" * 5000 + b"</table>", "at most"),
        (b'<table><tr><td colspan="99999">x</table>', "at most"),
    ],
)
def test_a_page_that_is_refused(data, part) -> None:
    refused(part, yearbook, data, 2004)


def test_a_page_of_16_mib_is_the_largest_that_is_read() -> None:
    most = 16 * 2**20
    refused("a web page", read_page, b"x" * most, "own")
    refused(f"at most {most}", read_page, b"x" * (most + 1), "own")


def test_a_cell_heads_every_row_it_reaches_down_to() -> None:
    head = "<tr><td rowspan=300>East</td><td>0</td></tr>"
    rows = "".join(f"<tr><td>{n}</td></tr>" for n in range(1, 301))
    (grid,) = read_html_grids(f"<table>{head}{rows}</table>".encode(), "f")
    assert [grid.heading(row, 0) for row in (0, 299, 300)] == ["East", "East", "300"]
    assert [grid.text(row, 0) for row in (0, 299)] == ["East", ""]


def test_two_years_side_by_side_are_told_apart_by_their_header() -> None:
    rows = "".join(
        f"<tr><td>{name}</td><td>1</td><td>2</td><td>{i + 10}</td><td>4</td></tr>"
        for i, name in enumerate(bundled.FULL_NAMES)
    )
    text = (
        "<p>18-16 按地区分实际外商投资额</p><p>单位: 万美元</p><table>"
        "<tr><td rowspan=2>地区、部门</td><td colspan=2>2002</td><td colspan=2>2003</td></tr>"
        "<tr><td>外商直接投资</td><td>外商其他投资</td><td>外商直接投资</td><td>外商其他投资</td></tr>"
        "<tr><td>总 计</td><td>1</td><td>1</td><td>9999</td><td>1</td></tr>"
        f"<tr><td>省市合计</td><td>1</td><td>1</td><td>9</td><td>1</td></tr>{rows}"
        "<tr><td>部门合计</td><td>1</td><td>1</td><td>9</td><td>1</td></tr></table>"
    )
    figures, faults = readers("commerce_fdi")["table"](text.encode("gbk"), "own.htm", 2005)
    assert faults == []
    found = of([f for f in figures if f.year == 2003], "实际使用外商直接投资")
    assert found == {"总计": "9999"} | {n: str(i + 10) for i, n in enumerate(bundled.FULL_NAMES)}
    assert {f.value_printed for f in figures if f.year == 2002} == {"1"}
    assert {(f.year, f.unit) for f in figures} == {(2002, "万美元"), (2003, "万美元")}


def test_hostile_markup_is_text() -> None:
    grids = read_html_grids(
        b"<html><script>x</script><table><tr><td><b onclick=1>a</b><td>=1+1</table></html>", "f"
    )
    assert grids[0].cells[-1] == ["a", "=1+1"]


# -- bulletin --------------------------------------------------------------------------------------


BULLETIN = documents.bulletin([documents.BULLETIN_HEAD + documents.bulletin_rows()])


def test_the_provincial_table_of_the_bulletin() -> None:
    figures, faults = readers("commerce_fdi")["table"](BULLETIN, "own.pdf", 2023)
    assert faults == []
    wanted = bundled.investment()
    assert {f.value for f in figures if f.value_printed == "-"} == {None}
    firms = of([f for f in figures if f.value is not None], "新设立外商投资企业数")
    assert firms == {name: str(count) for name, (count, _, _) in wanted.items()}
    assert {(f.year, f.unit) for f in figures} == {(2022, "亿元"), (2022, "家")}
    assert figures[0].location.startswith("page 1 table 1 cell ")


def test_a_pdf_table_follows_the_one_before_where_no_text_stands_between() -> None:
    stream, rule = io.BytesIO(), [("GRID", (0, 0), (-1, -1), 0.5, "black")]
    sheet = canvas.Canvas(stream, pagesize=(600, 400))
    for page_lines in ((), (100, 200), (100,)):  # how far down the texts of each page stand
        for height in page_lines:
            sheet.drawString(60, 400 - height, "A line of text")
        for height in (50, 150, 250):
            table = Table([["a", "b"], ["c", "d"]], style=rule)
            table.wrapOn(sheet, 400, 400)
            table.drawOn(sheet, 60, 400 - height - 36)
        sheet.showPage()
    sheet.save()
    follows = [grid.follows for grid in read_pdf_grids(stream.getvalue(), "own.pdf")]
    assert follows == [False, True, True, True, False, False, True, False, True]


@pytest.mark.parametrize(
    ("data", "edition", "part"),
    [
        (BULLETIN[:3000], 2023, "may be cut"),
        (b"%PDF-1.4\n%%EOF", 2023, "a PDF that can be read"),
        (BULLETIN, 2022, "an edition with a layout"),
    ],
)
def test_a_bulletin_that_is_refused(data, edition, part) -> None:
    refused(part, readers("commerce_fdi")["table"], data, "own.pdf", edition)


# -- postal articles -------------------------------------------------------------------------------


def test_the_annual_notice() -> None:
    figures, faults = article(documents.notice())
    assert faults == []
    wanted = bundled.parcels()
    found = of(figures, "快递业务量")
    assert {k: v for k, v in found.items() if k != "全国"} == {
        name: volume for name, (volume, _) in wanted.items()
    }
    assert float(found["全国"]) == pytest.approx(sum(float(v) for v, _ in wanted.values()))
    money = {
        f.province_label: (f.value_printed, f.unit) for f in figures if "收入" in f.indicator_label
    }
    assert money["浙江"] == (wanted["浙江"][1], "万元") and money["全国"][1] == "亿元"
    assert of(figures, "国际/港澳台快递业务量") == {"全国": "410000.0"}
    assert {f.year for f in figures} == {2024}
    # what the national table no longer has is taken from the provinces' table, in its unit
    figures, _ = article(
        documents.notice(),
        old="<td>2、快递业务</td><td>亿元</td>",
        new="<td>2、快件</td><td>亿元</td>",
    )
    money = [
        f for f in figures if f.indicator_label == "快递业务收入" and f.province_code == "000000"
    ]
    assert [f.unit for f in money] == ["万元"] and len(of(figures, "快递业务量")) == 32


def test_the_title_is_that_of_the_meta_entry_before_that_of_the_page() -> None:
    figures, faults = article(
        documents.notice(), old="<title>2024年邮政行业运行情况", new="<title>国家邮政局"
    )
    assert faults == [] and {f.year for f in figures} == {2024}


def test_the_sentence_of_the_communique() -> None:
    (figure,), _ = article(documents.communique())
    assert (figure.indicator_label, figure.unit) == ("国际/港澳台快递业务收入", "亿元")
    assert (figure.province_code, figure.value) == ("000000", float(bundled.INTERNATIONAL))


def test_a_refused_header_is_shown_from_its_first_column() -> None:
    header = "<td>累计</td><td>当月</td><td>累计</td>"
    _, faults = article(documents.notice(), header, "<td>本年</td><td>当月</td><td>x</td>")
    (fault,) = faults
    assert fault.column == "header" and fault.value.startswith("指标名称 单位 12月份")


def test_two_amounts_of_international_revenue_are_refused() -> None:
    again = "国际及港澳台业务收入完成1.0亿元。</p></div>"
    refused("one amount", article, documents.communique(), "</p>\n</div>", again)


def test_an_article_without_anything_known_is_refused() -> None:
    refused("or the sentence", article, documents.communique(), "国际/港澳台", "异地")


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("2024年邮政行业运行情况", 2024),
        ("国家邮政局公布2018年邮政行业运行情况", 2018),
        ("2025年度邮政行业发展统计公报", 2025),
        ("2026年1-7月邮政行业运行情况", None),
        ("国家邮政局公布2016年上半年邮政行业运行情况", None),
        ("2025年一季度邮政行业运行情况", None),
        ("2025年8月份邮政行业运行情况", None),
        ("《2024年邮政行业发展统计公报》解读", None),
        ("邮政行业运行情况", None),
    ],
)
def test_only_whole_years_are_annual(title, year) -> None:
    about = subject(title)
    assert (about and about.year) == year and (not about or about.code == "000000")


@pytest.mark.parametrize(
    ("title", "offices", "code"),
    [
        ("浙江省邮政管理局公布2024年邮政行业运行情况", (), "330000"),
        ("2024年浙江省邮政行业发展统计公报", (), "330000"),
        ("2024年邮政行业运行情况-浙江省邮政管理局", (), "330000"),
        ("2024年邮政行业运行情况", ("浙江省邮政管理局",), "330000"),
        ("2024年邮政行业运行情况", ("国家邮政局", "新华网"), "000000"),
        ("国家邮政局关于2024年邮政行业运行情况的通报", (), "000000"),
        ("2024年内蒙古自治区邮政行业运行情况", ("内蒙古自治区邮政管理局",), "150000"),
    ],
)
def test_the_region_is_that_of_the_title(title, offices, code) -> None:
    about = subject(title, *offices)
    assert about is not None and (about.year, about.code) == (2024, code)


@pytest.mark.parametrize(
    ("title", "offices"),
    [
        ("青岛市邮政管理局公布2024年邮政行业运行情况", ()),
        ("2024年青岛市邮政行业发展统计公报", ()),
        ("2024年邮政行业运行情况", ("青岛市邮政管理局",)),
        ("浙江省邮政管理局公布2024年江苏省邮政行业运行情况", ()),
        ("中国快递协会发布2024年邮政行业运行情况", ()),
    ],
)
def test_another_office_is_refused(title, offices) -> None:
    with pytest.raises(UnknownProvince):
        subject(title, *offices)


def test_a_provincial_notice_is_stored_under_its_province() -> None:
    title = "2024年邮政行业发展统计公报"
    (figure,), _ = article(documents.communique(), title, f"浙江省邮政管理局公布{title}")
    assert (figure.province_label, figure.province_code) == ("浙江省", "330000")
    refused("of one province", article, documents.communique(), title, f"青岛市{title}")


PRINTED = "国际/港澳台快递业务收入完成 1575.5 亿元，\n同比增长7.2%。"


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        (
            "国际/港澳台快递业务量完成6.2亿件，同比增长44.8%；实现业务收入429亿元，同比增长16.1%。",
            {"国际/港澳台快递业务量": ("6.2", "亿件"), "国际/港澳台快递业务收入": ("429", "亿元")},
        ),
        (
            "国际及港澳台快递业务量30.7亿件，增长52.0%，业务收入1469.0亿元，增长11.0%。",
            {"国际及港澳台快递业务量": ("30.7", "亿件"), "国际及港澳台快递业务收入": ("1469.0", "亿元")},
        ),
        # the share of a total, and another segment's revenue behind it, are not its amount
        (
            "国际/港澳台快递业务量占全部比重为1.4%；业务收入占10.2%；快递业务收入完成12074.0亿元。"
            "国际/港澳台快递业务收入完成5.0亿元。",
            {"国际/港澳台快递业务收入": ("5.0", "亿元")},
        ),
    ],
)  # fmt: skip
def test_the_sentences_that_are_printed(text, amounts) -> None:
    figures, faults = article(documents.communique(), PRINTED, text)
    assert faults == []
    assert {f.indicator_label: (f.value_printed, f.unit) for f in figures} == amounts


def test_a_notice_with_a_table_also_has_its_sentence_read() -> None:
    text = "国际/港澳台快递业务量完成41.0亿件，同比增长7.2%；实现业务收入1575.5亿元。"
    figures, faults = article(documents.notice(), old="2024年，快递业务量完成……", new=text)
    assert faults == []
    assert of(figures, "国际/港澳台快递业务收入") == {"全国": "1575.5"}
    assert of(figures, "国际/港澳台快递业务量") == {"全国": "410000.0"}  # the table's, more exact
    _, faults = article(
        documents.notice(), old="2024年，快递业务量完成……", new=text.replace("41.0", "40.9")
    )
    assert "40.9亿件" in str(faults[0]) and "410000.0万件" in str(faults[0])


# -- small pieces ----------------------------------------------------------------------------------


def test_titles_lose_their_number_and_year() -> None:
    assert title_of("11-8  分地区货物进出口总额(2022年)") == "分地区货物进出口总额"
    assert title_of("（二）外商投资省份分布") == "外商投资省份分布"
    assert title_of("4-11 各地区按性别和受教育程度分的人口") == "各地区按性别和受教育程度分的人口"


@pytest.mark.parametrize("source", ["statistical_yearbook", "commerce_fdi", "postal_express"])
def test_every_shipped_layout_is_whole(source) -> None:
    labels = catalog.source(source).by_label()
    found = [read_layout(path).layout for path in layout_files(source)]
    assert found and {layout.source for layout in found} == {source}
    assert {column.label for layout in found for column in layout.columns} <= set(labels)


@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [
        (41610.94999999999, "0.0", "41611.0"),  # as Excel: from fifteen digits, half away from zero
        (41610.9499, "0.0", "41610.9"),
        (2.675, "0.00", "2.68"),
        (-2.675, "0.00", "-2.68"),
        (1234567.891, "#,##0.00_ ", "1234567.89"),
        (6309600000, "General", "6309600000"),
        (0.1 + 0.2, "General", "0.3"),
        (12345.678912345, "General", "12345.67891"),
        (-0.00012345678949, "General", "-0.000123457"),
        (123456789.25, "General", "123456789.3"),
        (12345678901.5, "General", "12345678902"),
        (1e-7, "General", "0.0000001"),
        (-5.25, "0.0_);(0.0)", "-5.3"),
        (5, ";;;", "5[hidden]"),
        (0, "0;-0;;", ""),
        (0, '0.0;-0.0;"-"', "0"),  # as in the format of accountants
        (12.0, "0.##", "12"),
        (3, "[Red]0.0", "3.0"),
        (-0.01, "0.0", "0.0"),
        (3.5, "[$-804]0.00", "3.50"),
        (1234.5, '_ "￥"* #,##0.00_ ;_ "￥"* \\-#,##0.00_ ;_ "￥"* "-"??_ ;_ @_ ', "1234.50"),
        (1234567, "#,##0,", "1235[scaled]"),
        # what shows no plain number is kept, and refused where a figure is expected
        (41.6, '0.0"万"', "41.6万"),
        (0.123, "0.0%", "0.123 shown as 0.0%"),
        (44000, "yyyy-mm-dd", "44000 shown as yyyy-mm-dd"),
        (12345, "0.00E+00", "12345 shown as 0.00E+00"),
        (3, "[>100]0;0.0", "3 shown as [>100]0;0.0"),
        (0.5, "# ?/?", "0.5 shown as # ?/?"),
    ],
)
def test_a_number_is_what_its_cell_shows(value, pattern, text) -> None:
    assert shown(value, pattern) == text


def test_numbers_are_written_in_full() -> None:
    assert [plain(v) for v in (41610.9, 2.0, 1e16, 100, 0.1, 1e-7)] == [
        "41610.9", "2", "10000000000000000", "100", "0.1", "0.0000001",
    ]  # fmt: skip
    assert [column_letters(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_sheets_are_capped() -> None:
    refused("at most 60", read_workbook, documents.xlsx(*[[["x"]]] * 61), "own.xlsx")
    assert len(read_workbook(documents.xlsx(*[[["x"]]] * 60), "own.xlsx")) == 60
    assert read_workbook(documents.xlsx([]), "own.xlsx")[0].cells == []
