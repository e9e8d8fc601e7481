-- A value as it was printed, and its value in the panel
select
    measure,
    provinces.province,
    observations.year,
    value_printed,
    observations.unit as printed_unit,
    observations.value,
    indicators.unit as panel_unit,
    status,
    file,
    location
from marts.observations as observations
inner join marts.provinces as provinces using (province_code)
inner join marts.indicators as indicators using (measure)
where provinces.province = 'Zhejiang' and observations.year = 2018
order by measure;
