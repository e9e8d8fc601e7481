{#- The seed `indicator_series` lists every label and unit of a source, so no series is lost unnoticed.
    Returns the unknown series with its years. -#}
{% test known_series(model) %}
select
    figures.source,
    figures.indicator_label,
    figures.unit,
    min(figures.year) as first_year,
    max(figures.year) as last_year,
    count(*) as n_figures,
    'say what the series feeds, with a reason, in ingestion/sources/' || figures.source || '/catalog.yml' as remedy
from {{ model }} as figures
left join {{ ref('indicator_series') }} as series
    on
        figures.source = series.source
        and figures.indicator_label = series.indicator_label
        and figures.unit = series.unit
where series.source is null
group by figures.source, figures.indicator_label, figures.unit
{% endtest %}
