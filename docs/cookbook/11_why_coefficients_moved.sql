-- Largest movements of coefficients between releases, and what moved them
-- May be empty: until two releases have been compared (`make diff`).
select table_id, model, term, old, new, change, restated, filled_in, years, interpolation, spec, code
from results.coefficient_drift
where status = 'moved'
order by abs(change) desc
limit 50;
