{#- Each combination of the key columns occurs once, and no key column is empty. Returns the key and
    its count. -#}
{% test primary_key(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as n_rows,
    'expected once and complete' as expectation
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
