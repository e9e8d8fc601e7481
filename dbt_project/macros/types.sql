{#- Types by name: dbt's own type_float is 32 bits wide on DuckDB and would lose digits. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'living_panel')()) }}
{%- endmacro %}

{% macro default__type_double() -%}double{%- endmacro %}

{% macro postgres__type_double() -%}double precision{%- endmacro %}

{#- One row per whole number from `first` to `last`, in a column `year`. -#}
{% macro years_between(first, last) -%}
    {{ return(adapter.dispatch('years_between', 'living_panel')(first, last)) }}
{%- endmacro %}

{% macro default__years_between(first, last) -%}
    select cast(unnest(generate_series({{ first }}, {{ last }})) as integer) as year
{%- endmacro %}

{% macro spark__years_between(first, last) -%}
    select explode(sequence(cast({{ first }} as int), cast({{ last }} as int))) as year
{%- endmacro %}

{#- sha256 of a text as 64 hexadecimal digits. -#}
{% macro text_sha256(text) -%}
    {{ return(adapter.dispatch('text_sha256', 'living_panel')(text)) }}
{%- endmacro %}

{% macro default__text_sha256(text) -%}sha256({{ text }}){%- endmacro %}

{% macro spark__text_sha256(text) -%}sha2({{ text }}, 256){%- endmacro %}
