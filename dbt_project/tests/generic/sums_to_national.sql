{#- The provinces add up to the national total, within the measure's tolerance; where some have no
    figure, they do not exceed it. Simulated figures are held against simulated totals only. -#}
{% test sums_to_national(model) %}
with

sums as (

    select
        figures.measure,
        figures.year,
        sum(figures.value) as provinces_sum,
        count(*) as n_provinces,
        max(case when figures.status = 'simulated' then 1 else 0 end) as is_simulated
    from {{ model }} as figures
    group by figures.measure, figures.year

)

select
    sums.measure,
    sums.year,
    sums.n_provinces,
    sums.provinces_sum,
    national.value as national_total,
    sums.provinces_sum / national.value - 1 as relative_difference,
    measures.sum_tolerance as tolerance
from sums
inner join {{ ref('national') }} as national
    on
        sums.measure = national.measure
        and sums.year = national.year
        and sums.is_simulated = case when national.status = 'simulated' then 1 else 0 end
inner join {{ ref('measures') }} as measures on sums.measure = measures.measure
where
    measures.sum_tolerance is not null
    and (
        sums.provinces_sum > national.value * (1 + measures.sum_tolerance)
        or (
            sums.n_provinces = 31
            and sums.provinces_sum < national.value * (1 - measures.sum_tolerance)
        )
    )
{% endtest %}
