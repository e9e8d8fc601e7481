{# The text whose sha256 identifies a value that a correction adds. `make verify` renders it too: plain SQL only. #}
{% macro added_value_text() -%}
    concat_ws(' ', source, indicator_label, unit, province_code, cast(year as string), cast(corrected_value as string), reason)
{%- endmacro %}
