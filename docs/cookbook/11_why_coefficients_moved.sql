-- Largest movements of coefficients into the current state, over their standard errors, and what moved them
-- May be empty: until two states have been compared (`make diff`).
with newest as (
    select distinct release_id from results.artifacts where is_current
)

select from_release, table_id, model, term, old, new, change, restated, filled_in, removed, rule, years, provinces,
    interpolation, spec, code, std_error, status, reason
from results.coefficient_drift
where to_release in (select release_id from newest) and term <> 'constant'
    and status not in ('unchanged', 'appeared', 'gone')
order by from_release, abs(change / std_error) desc nulls last, abs(change) desc
limit 50;
