{#- The values of all sources. DuckDB reads the files where they lie, by the names of their columns; on Spark they
    are a view. The root's path is no part of the manifest: one parse serves all roots. -#}
{% macro read_figures() -%}
    {%- do source('extracted', 'figures') -%}
    {{ return(adapter.dispatch('read_figures', 'living_panel')()) }}
{%- endmacro %}

{% macro default__read_figures() -%}
    {%- if execute -%}
    read_parquet(
        '{{ literal_path(env_var('LIVING_PANEL_DATA')) }}/extracted/*/edition=*/vintage=*/part.parquet',
        union_by_name = true, hive_partitioning = false
    )
    {%- endif -%}
{%- endmacro %}

{% macro spark__read_figures() -%}{{ source('extracted', 'figures') }}{%- endmacro %}
