{#- The panel is a full rectangle: 31 provinces in every year from the first to the last. -#}
{% test provinces_times_years(model) %}
select
    year,
    count(*) as n_provinces,
    31 as expected
from {{ model }}
group by year
having count(*) != 31 or count(distinct province_code) != 31
{% endtest %}
