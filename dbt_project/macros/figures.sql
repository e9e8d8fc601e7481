{#- The rules from a printed value to a cell: the as-of rule, units, quality, and the order
    in which candidates are preferred. Each is written here once. -#}

{#- A value is known if neither its edition nor the day its bytes were obtained is later. -#}
{% macro known_as_of(edition, vintage) -%}
    {%- set as_of_edition = var('as_of_edition') -%}
    {%- set as_of_date = var('as_of_date') -%}
    true
    {%- if as_of_edition is not none %} and {{ edition }} <= {{ as_of_edition | int }}{% endif -%}
    {%- if as_of_date is not none %} and {{ vintage }} <= '{{ as_of_date }}'{% endif -%}
{%- endmacro %}

{#- The columns that identify a printed value and its place. -#}
{% macro printed_place() -%}
    source, edition, vintage, file, sha256, location, indicator_label, unit, value_printed
{%- endmacro %}

{#- The archived file of a value, by which it is withdrawn; `side` is what a column's name begins with. -#}
{% macro archived_file(side) -%}
concat(
    {{ side }}source, '/', cast({{ side }}edition as {{ dbt.type_string() }}), '/', {{ side }}vintage, '/', {{ side }}file
)
{%- endmacro %}

{#- The columns of a value as printed: its series in one edition and vintage, its cell, its text. -#}
{% macro printed_figure(relation) -%}
    {%- for column in [
        'source', 'edition', 'vintage', 'indicator_label', 'unit', 'province_code', 'year',
        'value_printed'
    ] -%}
    {{ relation }}.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Whether two rows are the same value of one edition. -#}
{% macro same_figure(one, other) -%}
    {%- for key in ['source', 'edition', 'indicator_label', 'unit', 'province_code', 'year'] -%}
        {%- if not loop.first %} and {% endif -%}
        {{ one }}.{{ key }} = {{ other }}.{{ key }}
    {%- endfor -%}
{%- endmacro %}

{#- From one power of ten to another. The ratio is a whole number either way round, so that a
    value printed in the measure's own unit keeps every bit. -#}
{% macro rescaled(value, from_multiple, to_multiple) -%}
    case
        when {{ from_multiple }} >= {{ to_multiple }}
            then {{ value }} * ({{ from_multiple }} / {{ to_multiple }})
        else {{ value }} / ({{ to_multiple }} / {{ from_multiple }})
    end
{%- endmacro %}

{% macro quality_rank(quality) -%}
    case {{ quality }} when 'high' then 3 when 'medium' then 2 else 1 end
{%- endmacro %}

{#- A computed value has the lower quality of the two it was computed from. -#}
{% macro lower_quality(one, other) -%}
    case
        when {{ quality_rank(one) }} <= {{ quality_rank(other) }} then {{ one }}
        else {{ other }}
    end
{%- endmacro %}

{#- The rule that picks one value for a cell: series priority, then the newest edition, then the
    newest vintage; between two units of one series in one edition the finer, then by name. -#}
{% macro preference_order() -%}
    series_priority asc, edition desc, vintage desc, unit_multiple asc, source asc,
    indicator_label asc, unit asc
{%- endmacro %}
