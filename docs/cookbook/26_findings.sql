-- Findings that do not hold, or whose number depends on choices
select
    paper,
    claim,
    state,
    fragility,
    choices_agree,
    choices,
    printed,
    estimate,
    ci_low,
    ci_high
from results.findings
where state <> 'holds' or fragility not in ('', 'robust to choices')
order by paper, finding_order;
