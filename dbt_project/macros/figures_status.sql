{#- The kind of values that a stored artifact rests on, in the one vocabulary of
    estimation/panel/figures.py: older artifacts joined "official" to other words, in any order, and called
    a proxy a stand-in. -#}
{% macro figures_status(column) -%}
    {{ return(adapter.dispatch('figures_status', 'living_panel')(column)) }}
{%- endmacro %}

{% macro default__figures_status(column) -%}
    case when {{ column }} is not null then coalesce(
        nullif(array_to_string(list_filter(
            ['simulated', 'authors', 'proxy', 'interpolated', 'carried-forward'],
            lambda kind: list_contains(string_split(replace({{ column }}, 'stand-in', 'proxy'), '+'), kind)
        ), '+'), ''),
        'official'
    ) end
{%- endmacro %}

{% macro spark__figures_status(column) -%}
    case when {{ column }} is not null then coalesce(
        nullif(array_join(filter(
            array('simulated', 'authors', 'proxy', 'interpolated', 'carried-forward'),
            kind -> array_contains(split(replace({{ column }}, 'stand-in', 'proxy'), '[+]'), kind)
        ), '+'), ''),
        'official'
    ) end
{%- endmacro %}
