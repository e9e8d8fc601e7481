{#- The table has at least one row. -#}
{% test not_empty(model) %}
select
    count(*) as n_rows,
    'no value is known as of edition {{ var("as_of_edition") }}, date {{ var("as_of_date") }}'
        as finding,
    'choose a later AS_OF, or land an edition' as remedy
from {{ model }}
having count(*) = 0
{% endtest %}
