-- Annual growth of 1962 to 1985, and in the rows of 1985 its mean and spread, of countries with income in each of 25 years.
with every_row as (
  select 'this' as edition, unit, year, income_growth, population from edition
  union all
  select edition, unit, year, income_growth, population from editions
),
annual as (
  select edition, unit, year, income_growth,
    ln(income_growth / lag(income_growth) over same_unit) as growth_annual,
    ln(population / lag(population) over same_unit) as population_annual
  from every_row
  where year between 1961 and 1985 and unit <> 'CH2' and income_growth > 0
  window same_unit as (partition by edition, unit order by year)
  qualify count(*) over (partition by edition, unit) = 25
),
of_unit as (
  select edition, unit, avg(growth_annual) as growth_mean, stddev_samp(growth_annual) as volatility,
    max(income_growth) filter (where year = 1961) as income_initial
  from annual
  group by all
),
complete as (
  select unit
  from of_unit
  where edition <> 'this'
  group by all
  having count(*) = (select count(distinct edition) from editions)
)
select annual.unit, annual.year, growth_annual, population_annual, growth_mean, volatility, income_initial,
  (complete.unit is not null)::int::double as in_every_edition
from annual
left join of_unit on of_unit.edition = 'this' and of_unit.unit = annual.unit and annual.year = 1985
left join complete on complete.unit = annual.unit
where annual.edition = 'this' and annual.year >= 1962
