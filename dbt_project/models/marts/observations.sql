-- The panel's cells one a row, each with the place it was printed.
with

resolved as (

    select * from {{ ref('candidates') }}
    where is_winner

),

measures as (

    select * from {{ ref('measures') }}
    where in_panel

),

provinces as (

    select * from {{ ref('regions') }}

),

definitions as (

    select * from {{ ref('series_definitions') }}

)

select
    resolved.province_code,
    resolved.year,
    resolved.measure,
    resolved.value,
    resolved.source,
    resolved.edition,
    resolved.vintage,
    resolved.file,
    resolved.sha256,
    resolved.location,
    resolved.indicator_label,
    resolved.unit,
    resolved.value_printed,
    resolved.status,
    resolved.quality,
    resolved.note,
    definitions.definition,
    definitions.grade as definition_grade
from resolved
inner join measures on resolved.measure = measures.measure
inner join provinces on resolved.province_code = provinces.province_code
left join definitions
    on
        resolved.measure = definitions.measure
        and resolved.province_code = definitions.province_code
        and resolved.year between definitions.first_year and definitions.last_year
where resolved.year >= {{ var('first_year') }}
order by resolved.measure, resolved.province_code, resolved.year
