-- Who lost and why: every value that competed for a cell, the winner first
-- Here: gross regional product of Guangdong in 2018.
select
    candidates.year,
    candidates.edition,
    candidates.vintage,
    candidates.indicator_label,
    candidates.value_printed,
    candidates.unit,
    candidates.value,
    candidates.decided_by,
    candidates.lost_to_edition,
    candidates.value / candidates.lost_to_value - 1 as off_by
from marts.candidates as candidates
inner join marts.provinces as provinces using (province_code)
where candidates.measure = 'gdp_cny_100m' and provinces.province = 'Guangdong' and candidates.year = 2018
order by candidates.preference;
