-- 31 provinces times all years, one column for each measure; a cell without a value is empty.
with

observations as (

    select * from {{ ref('observations') }}

),

years as (

    {{ years_between(var('first_year'), '(select max(year) from observations)') }}

),

cells as (

    select
        provinces.province_code,
        years.year
    from {{ ref('regions') }} as provinces
    cross join years

)

select
    cells.province_code,
    cells.year,
    {{ measure_columns('observations') }}
from cells
left join observations
    on
        cells.province_code = observations.province_code
        and cells.year = observations.year
group by cells.province_code, cells.year
order by cells.province_code, cells.year
