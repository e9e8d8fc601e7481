{#- The provinces add up to the national total, within the measure's tolerance. If some provinces have
    no value, the sum does not exceed the total. The total is the national value of `sum_to_measure`,
    in the printed unit `sum_to_unit` if the seed names one. Without `sum_to_measure` it is the
    measure's own national value. Simulated values are compared only with simulated totals. -#}
{% test sums_to_national(model) %}
with

sums as (

    select
        figures.measure,
        figures.year,
        sum(figures.value) as provinces_sum,
        count(*) as n_provinces,
        max(case when figures.status = 'simulated' then 1 else 0 end) as is_simulated,
        array_agg(distinct {{ archived_file('figures.') }}) as files
    from {{ model }} as figures
    group by figures.measure, figures.year

),

measures as (

    select
        measure,
        sum_tolerance,
        coalesce(sum_to_measure, measure) as total_measure,
        sum_to_unit
    from {{ ref('measures') }}
    where sum_tolerance is not null

),

totals as (

    select
        measures.measure,
        candidates.year,
        candidates.value,
        candidates.status,
        {{ archived_file('candidates.') }} as file,
        row_number() over (
            partition by measures.measure, candidates.year
            order by candidates.preference
        ) as place
    from {{ ref('candidates') }} as candidates
    inner join measures
        on
            candidates.measure = measures.total_measure
            and (measures.sum_to_unit is null or candidates.unit = measures.sum_to_unit)
    where candidates.province_code = '000000' and candidates.value is not null

)

select
    sums.measure,
    sums.year,
    sums.n_provinces,
    sums.provinces_sum,
    national.value as national_total,
    sums.provinces_sum / national.value - 1 as relative_difference,
    measures.sum_tolerance as tolerance,
    sums.files,
    national.file as other_file
from sums
inner join totals as national
    on
        sums.measure = national.measure
        and sums.year = national.year
        and national.place = 1
        and sums.is_simulated = case when national.status = 'simulated' then 1 else 0 end
inner join measures on sums.measure = measures.measure
where
    sums.provinces_sum > national.value * (1 + measures.sum_tolerance)
    or (
        sums.n_provinces = 31
        and sums.provinces_sum < national.value * (1 - measures.sum_tolerance)
    )
{% endtest %}
