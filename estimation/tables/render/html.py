"""HTML: the page of a table with its appendix folded; every text is escaped by the template."""

from __future__ import annotations

import base64

from jinja2 import Environment

from living_panel.estimation.tables.render.plain import columns_of_words
from living_panel.estimation.tables.result import TableResult

_ENVIRONMENT = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_FRAGMENT = _ENVIRONMENT.from_string(
    """<article class="living-table{{ ' simulated' if 'simulated' in table.figures_status }}" \
id="{{ table.table_id }}">
<h2>{{ table.title }}</h2>
<div class="banner" role="note"><ul>
{% for line in table.banner %}<li>{{ line }}</li>
{% endfor %}</ul></div>
{% macro grids(blocks) %}
{% for block in blocks %}
{% set words = columns_of_words(block) %}
<div class="scroll" tabindex="0" role="region" aria-label="{{ block.title }}"><table>
<caption>{{ block.title }}</caption>
<thead><tr>{% for cell in block.columns %}<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in block.rows %}
<tr{{ ' class="rule"' | safe if loop.index0 in block.rules }}><th scope="row">{{ row[0] }}</th>\
{% for cell in row[1:] %}<td{{ ' class="words"' | safe if loop.index in words }}>{{ cell }}</td>\
{% endfor %}</tr>
{% endfor %}
</tbody></table></div>
{% for note in block.notes %}<p class="note">{{ note }}</p>
{% endfor %}
{% endfor %}
{% endmacro %}
{{ grids(table.page) }}
{% for note in table.notes %}<p class="note">{{ note }}</p>
{% endfor %}
{% if table.appendix or table.fine_print %}
<details class="appendix"><summary>Appendix</summary>
{% for note in table.fine_print %}<p class="note">{{ note }}</p>
{% endfor %}
{{ grids(table.appendix) }}
</details>
{% endif %}
</article>
"""
)

_PAGE = _ENVIRONMENT.from_string(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1.5rem 0 .5rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { padding: .15rem .7rem; text-align: right; vertical-align: top; }
th[scope=row], thead th:first-child { text-align: left; font-weight: 500; }
thead tr { border-top: 2px solid; border-bottom: 1px solid; }
tbody tr:last-child { border-bottom: 2px solid; }
tr.rule { border-top: 1px solid; }
td { white-space: nowrap; }
td.words { text-align: left; min-width: 20rem; white-space: normal; }
.banner { border-left: .4rem solid #b58900; background: #b5890022; padding: .3rem .8rem; }
.simulated .banner { border-color: #c0392b; background: #c0392b33; font-weight: 600; }
figure { margin: 1.5rem 0; } img { max-width: 100%; height: auto; background: white; }
.note { font-size: .875rem; max-width: 60rem; margin: .3rem 0; }
</style></head><body>{{ fragment | safe }}
{% for figure in figures %}
<figure><img alt="{{ figure.alt }}" src="data:image/png;base64,{{ figure.data }}"></figure>
{% endfor %}
</body></html>
"""
)


def to_html(table: TableResult) -> str:
    """Self-contained HTML page of the table; plots are inside, so that it needs no other file."""
    figures = [{"alt": p.alt, "data": base64.b64encode(p.png).decode()} for p in table.pictures]
    fragment = to_html_fragment(table)
    return str(_PAGE.render(title=table.title, fragment=fragment, figures=figures))


def to_html_fragment(table: TableResult) -> str:
    """Only the table's own element, for a page that brings its own style."""
    return str(_FRAGMENT.render(table=table, columns_of_words=columns_of_words))
