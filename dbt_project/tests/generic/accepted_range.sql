{#- A column's values lie in [min_value, max_value], ends included; empty ones are let through. -#}
{% test accepted_range(model, column_name, min_value, max_value) %}
select
    *,
    {{ min_value }} as at_least,
    {{ max_value }} as at_most
from {{ model }}
where {{ column_name }} < {{ min_value }} or {{ column_name }} > {{ max_value }}
{% endtest %}
