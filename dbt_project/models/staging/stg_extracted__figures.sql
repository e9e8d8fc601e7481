-- Values of all sources under our types; labels, units and values stay as printed.
with

source as (

    select * from {{ read_figures() }}

),

renamed as (

    select
        ---------- keys
        {% for column in ['source', 'vintage', 'indicator_label', 'unit', 'province_code'] %}
            cast({{ column }} as {{ dbt.type_string() }}) as {{ column }},
        {% endfor %}
        cast(edition as {{ dbt.type_int() }}) as edition,
        cast(year as {{ dbt.type_int() }}) as year,

        ---------- the value, and its place
        {% for column in [
            'value_printed', 'status', 'quality', 'file', 'sha256', 'location', 'province_label',
            'compiled_from', 'note',
        ] %}
            cast({{ column }} as {{ dbt.type_string() }}) as {{ column }},
        {% endfor %}
        cast(value as {{ type_double() }}) as value
    from source

)

select * from renamed
