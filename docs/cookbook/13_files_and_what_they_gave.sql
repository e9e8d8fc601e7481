-- Every source file in the panel and the cells it gave
select source, edition, vintage, file, sha256, count(*) as cells, min(year) as first_year, max(year) as last_year
from marts.observations
group by all
order by source, edition, file;
