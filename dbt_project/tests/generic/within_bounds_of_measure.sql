{#- The values of a long table lie within the bounds that the seed `measures` gives for the measure.
    The test finds a series that is wrong throughout; a comparison with its own history cannot. -#}
{% test within_bounds_of_measure(model) %}
select
    figures.*,
    measures.minimum as at_least,
    measures.maximum as at_most,
    'a unit or a factor is wrong; else widen the bound in seeds/measures.csv' as remedy
from {{ model }} as figures
inner join {{ ref('measures') }} as measures on figures.measure = measures.measure
where
    -- infinite, or no number, which both engines take for the largest
    abs(figures.value) > 1.7976931348623157e308
    or figures.value < measures.minimum
    -- a planted process has the paper's margins, not the country's
    or (figures.value > measures.maximum and figures.status != 'simulated')
{% endtest %}
