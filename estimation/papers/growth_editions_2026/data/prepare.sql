-- Annual growth of 1962 to 1985, and in the rows of 1985 its mean and spread, of countries with income in each of 25 years.
with annual as (
  select unit, year, income_growth,
    ln(income_growth / lag(income_growth) over same_unit) as growth_annual,
    ln(population / lag(population) over same_unit) as population_annual
  from edition
  where year between 1961 and 1985 and unit <> 'CH2' and income_growth > 0
  window same_unit as (partition by unit order by year)
  qualify count(*) over (partition by unit) = 25
),
of_unit as (
  select unit, 1985 as year, avg(growth_annual) as growth_mean, stddev_samp(growth_annual) as volatility,
    max(income_growth) filter (where year = 1961) as income_initial
  from annual
  group by all
)
select unit, year, growth_annual, population_annual, growth_mean, volatility, income_initial
from annual
left join of_unit using (unit, year)
where year >= 1962
