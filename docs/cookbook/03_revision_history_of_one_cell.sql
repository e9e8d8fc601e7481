-- Everything that was ever printed for one cell, edition by edition
-- Here: gross regional product of Guangdong in 2018. The last row is the figure in the panel.
select
    edition_from as edition,
    vintage_from as vintage,
    printed_from as printed,
    value_from as value,
    null as change,
    sha256_from as sha256
from marts.revisions
where measure = 'gdp_cny_100m' and province_code = '440000' and year = 2018
qualify row_number() over (order by edition_to, vintage_to) = 1
union all
select edition_to, vintage_to, printed_to, value_to, relative_difference, sha256_to
from marts.revisions
where measure = 'gdp_cny_100m' and province_code = '440000' and year = 2018
order by edition, vintage;
