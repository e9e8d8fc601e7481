-- Where a series changes its definition: `year` is the first of the new one.
-- A break that comes with an edition exists only where values of that edition are in use.
with

breaks as (

    select * from {{ ref('documented_breaks') }}

),

editions as (

    select
        measure,
        max(edition) as newest_edition
    from {{ ref('observations') }}
    group by measure

)

select
    breaks.measure,
    coalesce(breaks.province_code, '') as province_code,
    breaks.year,
    breaks.grade,
    breaks.reason
from breaks
left join editions on breaks.measure = editions.measure
where
    breaks.from_edition is null
    or breaks.from_edition <= editions.newest_edition
order by breaks.measure, breaks.province_code, breaks.year
