-- National totals and rates, one row for each year and measure, with the place each was printed.
with

resolved as (

    select * from {{ ref('candidates') }}
    where is_winner and province_code = '000000'

)

select
    year,
    measure,
    value,
    {{ printed_place() }},
    status,
    quality,
    note
from resolved
order by measure, year
