{#- The unit of a series measures the same quantity as the measure's unit, or it is in dollars and the
    measure in yuan. A row has all of measure, priority and status, or none of them. -#}
{% test units_convertible(model) %}
select
    series.source,
    series.indicator_label,
    series.unit,
    units.dimension,
    series.measure,
    measures.dimension as measure_dimension,
    series.series_priority,
    series.status
from {{ model }} as series
left join {{ ref('units') }} as units on series.unit = units.unit
left join {{ ref('measures') }} as measures on series.measure = measures.measure
where
    (
        series.measure is not null
        and units.dimension != measures.dimension
        and not (units.dimension = 'usd' and measures.dimension = 'cny')
    )
    or (series.measure is null) != (series.series_priority is null)
    or (series.measure is null) != (series.status is null)
    or series.status not in ('official', 'derived')
{% endtest %}
