-- What the audit finds in the printed paper, with the cells each rule applied to
select family, title, place, inconsistency, reason, applicable
from results.audit
where is_current and severity = 'impossible'
order by family, rule, number;
