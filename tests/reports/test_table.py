from __future__ import annotations

import csv
from io import StringIO

from archspec.reports import table

TABLE = table.Table(("name", "count"), (("a|b", "1"), ("long name", "1,000")), frozenset({1}))


def test_columns_have_numbers_to_the_right():
    assert table.plain(TABLE) == "name       count\na|b            1\nlong name  1,000"


def test_markdown_escapes_what_divides_cells():
    assert table.markdown(TABLE) == "| name | count |\n| --- | ---: |\n| a\\|b | 1 |\n| long name | 1,000 |"


def test_csv_quotes_what_needs_it():
    text = table.csv(("a", "b"), [('x, "y"', 1)])
    assert [*csv.reader(StringIO(text))] == [["a", "b"], ['x, "y"', "1"]]
