-- Cells of low quality, and what is to be known about them
select measure, provinces.province, observations.year, value, note, file, location
from marts.observations as observations
inner join marts.provinces as provinces using (province_code)
where quality = 'low'
order by measure, province, observations.year;
