-- The printed appendix, in shares, with the same averages of 1960 to 1985 from an edition of the Penn World Table.
-- West Germany of edition 5.6 counts as Germany. Averages need income in 1985, population in 1960 and 1985, and 20 years
-- of investment. Population is the whole one: no edition has the population of working age.
with appendix_1985 as (
  select iso as unit, n::double as non_oil, i::double as intermediate, o::double as oecd,
    try_cast(rgdpw85 as double) as income, try_cast(i_y as double) / 100 as investment,
    try_cast(popgrowth as double) / 100 + .05 as breakeven, try_cast(school as double) / 100 as schooling
  from appendix
),
averages as (
  select case unit when 'DEW' then 'DEU' else unit end as unit,
    max(income_per_worker) filter (where year = 1985) as edition_income,
    avg(investment_share) / 100 as edition_investment,
    ln(max(population) filter (where year = 1985) / max(population) filter (where year = 1960)) / 25 + .05 as edition_breakeven
  from edition
  where unit <> 'CH2' and year between 1960 and 1985
  group by all
  having count(investment_share) >= 20 and edition_income > 0 and edition_investment > 0 and edition_breakeven > 0
)
select appendix_1985.*, 1985 as year, edition_income, edition_investment, edition_breakeven
from appendix_1985
left join averages using (unit)
