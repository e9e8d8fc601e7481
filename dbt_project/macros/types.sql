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

{#- One row for each struct of a list, one column for each of its fields, under the field's name. -#}
{% macro columns_of_structs(column) -%}
    {{ return(adapter.dispatch('columns_of_structs', 'living_panel')(column)) }}
{%- endmacro %}

{% macro default__columns_of_structs(column) -%}unnest({{ column }}, max_depth := 2){%- endmacro %}

{% macro spark__columns_of_structs(column) -%}inline({{ column }}){%- endmacro %}

{#- One row for each object of a list inside a JSON document, as a struct of the fields named. -#}
{% macro rows_of_json(column, key, fields) -%}
    {{ return(adapter.dispatch('rows_of_json', 'living_panel')(column, key, fields)) }}
{%- endmacro %}

{% macro default__rows_of_json(column, key, fields) -%}
    unnest(from_json(
        {{ column }} -> '{{ key }}',
        '[{
            {%- for name, type in fields.items() -%}
            "{{ name }}": {{ '["' ~ type[:-2] ~ '"]' if type.endswith('[]') else '"' ~ type ~ '"' }}
            {{- ', ' if not loop.last -}}
            {%- endfor -%}
        }]'
    ))
{%- endmacro %}

{% macro spark__rows_of_json(column, key, fields) -%}
    {%- set types = [] -%}
    {%- for name, type in fields.items() -%}
        {%- do types.append(name ~ ': ' ~ spark_type(type)) -%}
    {%- endfor -%}
    explode(from_json(get_json_object({{ column }}, '$.{{ key }}'), 'array<struct<{{ types | join(', ') }}>>'))
{%- endmacro %}

{#- An element of a list, counted from 1. -#}
{% macro element_at(column, number) -%}
    {{ return(adapter.dispatch('element_at', 'living_panel')(column, number)) }}
{%- endmacro %}

{% macro default__element_at(column, number) -%}{{ column }}[{{ number }}]{%- endmacro %}

{% macro spark__element_at(column, number) -%}element_at({{ column }}, {{ number }}){%- endmacro %}
