-- Figures of all sources under our types; labels, units and values stay as printed.
with

source as (

    select * from {{ source('extracted', 'figures') }}

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
