{#- The model has one column for each measure that the seed puts into the panel. It has no other
    columns. -#}
{% test contract_lists_measures(model) %}
{%- set columns = adapter.get_columns_in_relation(model) | map(attribute='name') | list if execute else [] %}
with

in_model as (

    {% for column in columns if column not in ['province_code', 'year'] -%}
    select '{{ column }}' as measure
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as {{ dbt.type_string() }}) as measure
    {% endfor %}
),

in_seed as (

    select measure from {{ ref('measures') }}
    where in_panel

)

select
    coalesce(in_seed.measure, in_model.measure) as measure,
    'give it a column in models/marts/panel.yml, or set in_panel in seeds/measures.csv' as remedy
from in_seed
full outer join in_model on in_seed.measure = in_model.measure
where in_seed.measure is null or in_model.measure is null
{% endtest %}
