-- The authors' five-year panel with income of an edition of the Penn World Table. Codes of the authors become those
-- of today. West Germany of edition 5.6 counts as Germany; the second series for China is left out.
with authors as (
  select case code when 'ZAR' then 'COD' when 'ROM' then 'ROU' when 'GER' then 'DEU' when 'BUR' then 'MMR'
           when 'OAN' then 'TWN' else code end as unit,
    year::int as year, fhpolrigaug::double as freedom_house, polity4::double as polity, lrgdpch::double as ln_income_authors,
    sample::double as in_sample
  from five_year_panel
),
income as (
  select case unit when 'DEW' then 'DEU' else unit end as unit, year, income_level, income_growth
  from edition
  where unit <> 'CH2'
)
select authors.*, income_level, income_growth
from authors
left join income using (unit, year)
