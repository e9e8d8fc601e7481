-- Rules of the audit that applied, cells they applied to, distinct facts by severity
select
    family,
    count(distinct rule) as rules,
    count(distinct rule) filter (where applicable > 0) as applied,
    count(distinct fact) filter (where severity = 'impossible') as impossible,
    count(distinct fact) filter (where severity = 'contradiction') as contradiction,
    count(distinct fact) filter (where severity = 'doubtful') as doubtful,
    count(distinct fact) filter (where severity = 'form') as form
from results.audit
where is_current
group by family
order by impossible desc, contradiction desc, family;
