-- What in the printed paper cannot be true, with the cells each rule applied to
select family, title, place, finding, reason, applicable
from results.audit
where is_current and severity = 'impossible'
order by family, rule, number;
