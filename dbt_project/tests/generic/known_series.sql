{#- Every label and unit of a source, in its year, is in the seed `indicator_series`: nothing is dropped
    in silence. Returns the unknown series with its years. -#}
{% test known_series(model) %}
select
    figures.source,
    figures.indicator_label,
    figures.unit,
    min(figures.year) as first_year,
    max(figures.year) as last_year,
    count(*) as n_figures,
    'add the series to seeds/indicator_series.csv, with a reason' as remedy
from {{ model }} as figures
left join {{ ref('indicator_series') }} as series
    on
        figures.source = series.source
        and figures.indicator_label = series.indicator_label
        and figures.unit = series.unit
where series.source is null
group by figures.source, figures.indicator_label, figures.unit
{% endtest %}
