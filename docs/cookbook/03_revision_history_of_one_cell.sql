-- Everything that was ever printed for one cell, edition by edition
-- Here: gross regional product of Guangdong in 2018. `in_panel` marks the value that the panel took.
select
    indicator_label,
    edition,
    vintage,
    value_printed as printed,
    value,
    value / lag(value) over (partition by indicator_label order by edition, vintage) - 1 as change,
    sha256,
    (source, edition, vintage, sha256, location) in (
        select (source, edition, vintage, sha256, location) from marts.observations
        where measure = 'gdp_cny_100m' and province_code = '440000' and year = 2018
    ) as in_panel
from marts.candidates
where measure = 'gdp_cny_100m' and province_code = '440000' and year = 2018
order by indicator_label, edition, vintage;
