"""Files as CRMs and spreadsheets write them: encodings, delimiters, sheets, JSON lines, and what is broken in them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.adapters.files import open_table
from dedupsvc.usecases.tabular import FileRefused, Row, csv_line, disarmed, plain
from tests.adapters import workbook

SIMPLIFIED = "客户名称,手机,地址\n上海华信科技有限公司,13812345678,上海市浦东新区世纪大道100号\n王小明,13900001111,北京市朝阳区\n"
TRADITIONAL = (
    "客戶名稱,電話,地址\n臺灣電子股份有限公司,0912345678,臺北市信義區市府路45號\n陳怡君,0922333444,高雄市三民區\n"
)
WESTERN = "name,city\nMüller,Köln\nJosé Peña,Málaga\nFrançois Lefèvre,Besançon\n"


def a_file(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(path: Path) -> list[Row]:
    return list(open_table(path).rows())


def cells_of(path: Path) -> list[list[str]]:
    return [list(row.cells.values()) for row in rows_of(path)]


@pytest.mark.parametrize(
    ("text", "encoding", "recognized"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5hkscs"),
        (TRADITIONAL, "gb18030", "gb18030"),
        (TRADITIONAL, "utf-8", "utf-8"),
        (WESTERN, "cp1252", "cp1252"),
        (WESTERN, "utf-8", "utf-8"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_text_is_read_in_the_encoding_it_was_written_in(
    tmp_path: Path, text: str, encoding: str, recognized: str, packed: bool
) -> None:
    content = text.encode(encoding)
    path = a_file(tmp_path, gzip.compress(content) if packed else content, f"list.csv{'.gz' if packed else ''}")
    table = open_table(path)
    expected = list(csv.reader(io.StringIO(text)))
    assert list(table.columns) == expected[0]
    assert [list(row.cells.values()) for row in table.rows()] == expected[1:]
    assert recognized in table.form


def test_names_that_come_late_still_tell_the_encoding(tmp_path: Path) -> None:
    text = "id,name\n" + "".join(f"{number},plain\n" for number in range(50_000)) + "x,上海公司\n"
    assert rows_of(a_file(tmp_path, text.encode("gb18030")))[-1].cells["name"] == "上海公司"


def test_one_broken_character_costs_one_row_and_not_the_encoding(tmp_path: Path) -> None:
    lines = ["id,name", *(f"{number},王伟" for number in range(20))]
    content = "\n".join(lines).encode().replace("3,王".encode(), b"3,\xe7\x8e", 1)
    rows = rows_of(a_file(tmp_path, content))
    assert [row.line for row in rows if row.fault] == [5]
    assert rows[3].fault is not None
    assert rows[3].fault.code == "BAD_ENCODING"
    assert rows[4].cells["name"] == "王伟"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = f"id{delimiter}name{delimiter}note\n1{delimiter}a, b; c{delimiter}\n2{delimiter}d{delimiter}e\n"
    if delimiter in ",;":
        text = text.replace("a, b; c", '"a, b; c"')
    assert cells_of(a_file(tmp_path, text)) == [["1", "a, b; c", ""], ["2", "d", "e"]]


def test_a_single_column_is_a_table_too(tmp_path: Path) -> None:
    assert cells_of(a_file(tmp_path, "email\na@b.cn\nc@d.cn\n")) == [["a@b.cn"], ["c@d.cn"]]


def test_a_quoted_cell_may_hold_lines_quotes_and_delimiters(tmp_path: Path) -> None:
    rows = rows_of(a_file(tmp_path, 'id,note\n1,"a\nb, ""c"""\n2,5" pipe\n'))
    assert [(row.line, row.cells["note"], row.fault) for row in rows] == [(2, 'a\nb, "c"', None), (4, '5" pipe', None)]


def test_each_broken_line_costs_its_own_row_only(tmp_path: Path) -> None:
    text = 'id,name\n1,ok\n2,"never closed\n3,ok\n4,too,many\n5\n6,"ab"c\n7,ok\n'
    rows = rows_of(a_file(tmp_path, text))
    found = {row.line: row.fault.code for row in rows if row.fault}
    assert found == {3: "UNCLOSED_QUOTE", 5: "TOO_MANY_CELLS", 6: "TOO_FEW_CELLS", 7: "BROKEN_QUOTES"}
    assert [row.cells["id"] for row in rows if not row.fault] == ["1", "3", "7"]


def test_an_unclosed_quote_does_not_swallow_a_long_file(tmp_path: Path) -> None:
    text = 'id,name\n1,"open\n' + "".join(f"{number},x\n" for number in range(2, 3_000))
    rows = rows_of(a_file(tmp_path, text))
    assert [row.line for row in rows if row.fault] == [2]
    assert len(rows) == 2_999


def test_an_absurdly_long_line_is_one_bad_row(tmp_path: Path) -> None:
    rows = rows_of(a_file(tmp_path, "id,name\n1," + "x" * 3_000_000 + "\n2,ok\n"))
    assert rows[0].fault is not None
    assert rows[0].fault.code == "ROW_TOO_LONG"
    assert rows[1].cells == {"id": "2", "name": "ok"}


def test_columns_without_a_name_of_their_own_get_one(tmp_path: Path) -> None:
    table = open_table(a_file(tmp_path, "name,,phone,phone,\n1,2,3,4,\n"))
    assert table.columns == ("name", "column 2", "phone", "phone (2)")
    assert next(table.rows()).fault is None


def test_empty_rows_are_none(tmp_path: Path) -> None:
    assert [row.line for row in rows_of(a_file(tmp_path, "a,b\n\n,\n1,2\r\n\n"))] == [4]


def test_rows_can_be_read_again_from_the_first(tmp_path: Path) -> None:
    table = open_table(a_file(tmp_path, SIMPLIFIED))
    assert list(table.rows()) == list(table.rows())


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufffd\ufeff")),
            min_size=3,
            max_size=3,
        )
    )
)
def test_what_we_write_as_csv_is_what_we_read(
    tmp_path_factory: pytest.TempPathFactory, written: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    written = [["x", *row] for row in written]
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(map(csv_line, [["a", "b", "c", "d"], *written])))
    assert cells_of(path) == written


@pytest.mark.parametrize("cell", ["=1+1", "+8613812345678", "-5", "@sum", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert disarmed(cell) == f"'{cell}"
    assert plain(disarmed(cell)) == cell


def test_an_apostrophe_of_ones_own_stays(tmp_path: Path) -> None:
    assert plain("'s-Hertogenbosch") == "'s-Hertogenbosch"
    assert disarmed("O'Neil") == "O'Neil"


def test_a_sheet_is_read_as_text(tmp_path: Path) -> None:
    sheet: list[list[str | float]] = [
        ["姓名", "手机", "创建时间", "生日"],
        ["张伟", 13876397250.0, workbook.Day(45356.604166667), workbook.Day(33000)],
    ]
    table = open_table(workbook.write(tmp_path / "list.xlsx", sheet))
    (row,) = table.rows()
    assert row.cells == {"姓名": "张伟", "手机": "13876397250", "创建时间": "2024-03-05 14:30:00", "生日": "1990-05-07"}
    assert "客户" in table.form


@pytest.mark.parametrize("first_row", [1, 4])
def test_a_sheets_row_numbers_are_the_sheets_own(tmp_path: Path, first_row: int) -> None:
    sheet = [["name"], ["a"], [""], ["b"]]
    rows = rows_of(workbook.write(tmp_path / "list.xlsx", sheet, first_row))
    assert [row.line for row in rows] == [first_row + 1, first_row + 3]


def test_a_workbook_that_unpacks_to_more_than_allowed_is_refused_unopened(tmp_path: Path) -> None:
    path = workbook.write(tmp_path / "bomb.xlsx", [["name"], ["x" * 5_000_000]])
    assert path.stat().st_size < 100_000
    with pytest.raises(FileRefused, match="too large"):
        open_table(path, sheet_bytes=1_000_000)


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook.write(tmp_path / "liar.xlsx", [["name"], ["x" * 100_000]])
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    content = path.read_bytes()
    path.write_bytes(content.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    with pytest.raises(FileRefused):
        open_table(path, sheet_bytes=50_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"no workbook"),
        ("a.xlsx", b"PK\x03\x04 broken"),
        ("a.csv", b""),
        ("a.csv", b"\n\n"),
        ("a.csv.gz", b"not packed"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n" * 1000, mtime=0)[:-20]),
        ("a.jsonl", b"[1]\n"),
        ("a.pdf", b"%PDF"),
        ("a.xls", b"x"),
        ("a.xlsx.gz", b"x"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(FileRefused):
        rows_of(a_file(tmp_path, content, name))


def test_json_lines_are_told_apart_by_dots(tmp_path: Path) -> None:
    lines = [
        {
            "name": "张伟",
            "phone": 13812345678,
            "address": {"city": "杭州"},
            "emails": ["a@b.cn", "c@d.cn"],
            "vip": True,
        },
        {"name": "李四", "phones": [{"value": "1"}, {"value": "2"}], "none": None},
    ]
    path = a_file(tmp_path, "\n".join(json.dumps(line) for line in lines) + "\nnonsense\n[1]\n", "list.jsonl")
    table = open_table(path)
    first, second, third, fourth = table.rows()
    assert first.cells == {
        "name": "张伟",
        "phone": "13812345678",
        "address.city": "杭州",
        "emails": "a@b.cn; c@d.cn",
        "vip": "true",
    }
    assert second.cells == {"name": "李四", "phones.value": "1", "phones.2.value": "2"}
    assert [row.fault.code for row in (third, fourth) if row.fault] == ["NOT_JSON", "NOT_JSON"]
    assert {"address.city", "phones.value"} <= set(table.columns)
