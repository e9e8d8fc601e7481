-- The FDI slope of each region with its interval
select model, inference, estimate, ci_low, ci_high, n_clusters
from results.current_coefficients
where table_id = 't06_regions' and term = 'fdi' and inference like 'cr3:%'
order by model, inference;
