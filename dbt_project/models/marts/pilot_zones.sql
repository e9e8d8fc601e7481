-- Pilot zones of cross-border e-commerce: one row for each province and year, with its first year.
with

counts as (

    select * from {{ ref('observations') }}
    where measure in ('pilot_zones_new', 'pilot_zones')

),

by_year as (

    select
        province_code,
        year,
        cast(max(case when measure = 'pilot_zones_new' then value end) as {{ dbt.type_int() }})
            as zones_new,
        cast(max(case when measure = 'pilot_zones' then value end) as {{ dbt.type_int() }})
            as zones,
        max(case when measure = 'pilot_zones' then quality end) as quality,
        max(case when measure = 'pilot_zones' then status end) as status,
        max(case when measure = 'pilot_zones_new' then location end) as location,
        max(case when measure = 'pilot_zones_new' then note end) as note
    from counts
    group by province_code, year

),

first_zones as (

    select
        province_code,
        min(year) as first_year
    from by_year
    where zones_new > 0
    group by province_code

)

select
    by_year.province_code,
    by_year.year,
    by_year.zones_new,
    by_year.zones,
    first_zones.first_year,
    by_year.status,
    by_year.quality,
    by_year.location,
    by_year.note
from by_year
left join first_zones on by_year.province_code = first_zones.province_code
order by by_year.province_code, by_year.year
