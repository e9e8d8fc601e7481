-- Every value that a later edition or vintage of the same series prints differently.
-- Compared in the measure's unit, each with the value before it.
with

-- a value that a book prints in two units counts once: in the unit that the panel would take
ranked as (

    select
        *,
        row_number() over (
            partition by province_code, year, measure, source, indicator_label, edition, vintage
            order by {{ preference_order() }}
        ) as print
    from {{ ref('int_candidates') }}
    where value is not null

),

paired as (

    select
        *,
        value as value_to,
        lag(edition) over series as edition_from,
        lag(vintage) over series as vintage_from,
        lag(value) over series as value_from,
        lag(value_printed) over series as printed_from,
        lag(sha256) over series as sha256_from
    from ranked
    where print = 1
    window series as (
        partition by province_code, year, measure, source, indicator_label
        order by edition asc, vintage asc
    )

)

select
    province_code,
    year,
    measure,
    source,
    indicator_label,
    edition_from,
    vintage_from,
    edition as edition_to,
    vintage as vintage_to,
    value_from,
    value_to,
    value_to - value_from as difference,
    case when value_from != 0 then value_to / value_from - 1 end as relative_difference,
    printed_from,
    value_printed as printed_to,
    sha256_from,
    sha256 as sha256_to
from paired
where
    value_from is not null
    -- two roundings of one value are no revision
    and abs(value_to - value_from) > 1e-9 * greatest(abs(value_from), abs(value_to))
order by measure, province_code, year, edition_to, vintage_to
