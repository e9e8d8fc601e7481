-- Documented breaks with the growth of the series in that year
select
    breaks.measure,
    breaks.year,
    provinces.province,
    breaks.reason,
    now.value / before.value - 1 as growth
from marts.series_breaks as breaks
inner join marts.observations as now
    on
        breaks.measure = now.measure and breaks.year = now.year
        and (breaks.province_code = '' or breaks.province_code = now.province_code)
inner join marts.observations as before
    on now.measure = before.measure and now.province_code = before.province_code and before.year = now.year - 1
inner join marts.provinces as provinces on now.province_code = provinces.province_code
where before.value > 0
order by abs(growth) desc;
