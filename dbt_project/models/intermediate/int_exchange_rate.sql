-- Yuan per US dollar, annual average: one rate a year, picked by the same rule as every cell.
with

rates as (

    select * from {{ ref('int_series') }}
    where measure = 'cny_per_usd' and province_code = '000000'

),

ranked as (

    select
        *,
        row_number() over (partition by year order by {{ preference_order() }}) as preference
    from rates

)

select
    year,
    value_as_printed as cny_per_usd,
    quality,
    status,
    edition,
    vintage
from ranked
where preference = 1
