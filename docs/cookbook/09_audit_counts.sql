-- Rules of the audit that applied, cells they applied to, findings by severity
select
    family,
    count(distinct rule) as rules,
    count(distinct rule) filter (where applicable > 0) as applied,
    count(*) filter (where severity = 'impossible') as impossible,
    count(*) filter (where severity = 'contradiction') as contradiction,
    count(*) filter (where severity = 'doubtful') as doubtful,
    count(*) filter (where severity = 'form') as form
from results.audit
where is_current
group by family
order by impossible desc, contradiction desc, family;
