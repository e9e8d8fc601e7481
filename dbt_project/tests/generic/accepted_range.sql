{#- Every value of the column lies between min_value and max_value, ends included. Empty values
    are allowed. -#}
{% test accepted_range(model, column_name, min_value, max_value) %}
select
    *,
    {{ min_value }} as at_least,
    {{ max_value }} as at_most
from {{ model }}
where {{ column_name }} < {{ min_value }} or {{ column_name }} > {{ max_value }}
{% endtest %}
