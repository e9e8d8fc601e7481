-- One slope, one row for each inference: where do its stars come from?
select
    model,
    inference,
    estimate,
    std_error,
    p_value,
    ci_low,
    ci_high,
    case when p_value < .01 then '***' when p_value < .05 then '**' when p_value < .1 then '*' else '' end as stars
from results.current_coefficients
where table_id = 't04_baseline' and term = 'fdi' and model like 'headline.%'
order by model, inference;
