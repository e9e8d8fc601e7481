-- The printed appendix, in shares, with the same averages of 1960 to 1985 from an edition of the Penn World Table.
-- West Germany of edition 5.6 counts as Germany. Averages need income in 1985, population in 1960 and 1985, and 20 years
-- of investment. Population is the whole one: no edition has the population of working age.
with appendix_1985 as (
  select iso as unit, n::double as non_oil, i::double as intermediate, o::double as oecd,
    try_cast(rgdpw85 as double) as income, try_cast(i_y as double) / 100 as investment,
    try_cast(popgrowth as double) / 100 + .05 as breakeven, try_cast(school as double) / 100 as schooling
  from appendix
),
every_row as (
  select 'this' as edition, unit, year, income_per_worker, investment_share, population from edition
  union all
  select edition, unit, year, income_per_worker, investment_share, population from editions
),
averages as (
  select edition, case unit when 'DEW' then 'DEU' else unit end as unit,
    max(income_per_worker) filter (where year = 1985) as edition_income,
    avg(investment_share) / 100 as edition_investment,
    ln(max(population) filter (where year = 1985) / max(population) filter (where year = 1960)) / 25 + .05 as edition_breakeven
  from every_row
  where unit <> 'CH2' and year between 1960 and 1985
  group by all
  having count(investment_share) >= 20 and edition_income > 0 and edition_investment > 0 and edition_breakeven > 0
),
complete as (
  select unit
  from averages
  where edition <> 'this'
  group by all
  having count(*) = (select count(distinct edition) from editions)
)
select appendix_1985.*, 1985 as year, edition_income, edition_investment, edition_breakeven,
  (complete.unit is not null)::int::double as in_every_edition
from appendix_1985
left join averages on averages.edition = 'this' and averages.unit = appendix_1985.unit
left join complete on complete.unit = appendix_1985.unit
