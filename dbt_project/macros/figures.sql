{#- What every figure goes through on its way to a cell: the staging form, the as-of rule, units,
    quality, and the order in which candidates are preferred. Each is written here once. -#}

{% macro staged_figures(relation) %}
with

source as (

    select * from {{ relation }}

),

renamed as (

    select
        ---------- keys
        cast(source as {{ dbt.type_string() }}) as source,
        cast(edition as {{ dbt.type_int() }}) as edition,
        cast(vintage as {{ dbt.type_string() }}) as vintage,
        cast(indicator_label as {{ dbt.type_string() }}) as indicator_label,
        cast(unit as {{ dbt.type_string() }}) as unit,
        cast(province_code as {{ dbt.type_string() }}) as province_code,
        cast(year as {{ dbt.type_int() }}) as year,

        ---------- the figure
        cast(value_printed as {{ dbt.type_string() }}) as value_printed,
        cast(value as {{ type_double() }}) as value,
        cast(status as {{ dbt.type_string() }}) as status,
        cast(quality as {{ dbt.type_string() }}) as quality,

        ---------- where it stands
        cast(file as {{ dbt.type_string() }}) as file,
        cast(sha256 as {{ dbt.type_string() }}) as sha256,
        cast(location as {{ dbt.type_string() }}) as location,
        cast(province_label as {{ dbt.type_string() }}) as province_label,
        cast(compiled_from as {{ dbt.type_string() }}) as compiled_from,
        cast(note as {{ dbt.type_string() }}) as note
    from source

)

select * from renamed
{% endmacro %}

{#- The three sources' figures, as known on the day asked for. -#}
{% macro known_figures() -%}
    select * from (
        select * from {{ ref('stg_statistical_yearbook') }}
        union all
        select * from {{ ref('stg_commerce_fdi') }}
        union all
        select * from {{ ref('stg_postal_express') }}
    ) as figures
    where {{ known_as_of('edition', 'vintage') }}
{%- endmacro %}

{#- A figure counts as known when its edition, or the day its bytes were obtained, is not later. -#}
{% macro known_as_of(edition, vintage) -%}
    {%- set as_of_edition = var('as_of_edition') -%}
    {%- set as_of_date = var('as_of_date') -%}
    true
    {%- if as_of_edition is not none %} and {{ edition }} <= {{ as_of_edition | int }}{% endif -%}
    {%- if as_of_date is not none %} and {{ vintage }} <= '{{ as_of_date }}'{% endif -%}
{%- endmacro %}

{#- From one power of ten to another. The ratio is a whole number either way round, so that a
    figure printed in the measure's own unit passes through bit for bit. -#}
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

{#- A computed figure is no better than the worse of the two it was computed from. -#}
{% macro lower_quality(one, other) -%}
    case
        when {{ quality_rank(one) }} <= {{ quality_rank(other) }} then {{ one }}
        else {{ other }}
    end
{%- endmacro %}

{#- The rule that picks one figure for a cell: series priority, then the newest edition, then the
    newest vintage; between two units of one series in one edition the finer, then by name. -#}
{% macro preference_order() -%}
    series_priority asc, edition desc, vintage desc, unit_multiple asc, source asc,
    indicator_label asc, unit asc
{%- endmacro %}
