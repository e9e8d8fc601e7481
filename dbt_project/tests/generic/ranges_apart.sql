{#- Two rows with the same key have no year in common, and each range has at least one year. -#}
{% test ranges_apart(model, key, first, last) %}
select
    {% for column in key %}one.{{ column }},{% endfor %}
    one.{{ first }} as one_first,
    one.{{ last }} as one_last,
    other.{{ first }} as other_first,
    other.{{ last }} as other_last
from {{ model }} as one
inner join {{ model }} as other
    on
        {% for column in key %}one.{{ column }} = other.{{ column }} and {% endfor %}
        (
            (one.{{ first }} < other.{{ first }} and other.{{ first }} <= one.{{ last }})
            or (one.{{ first }} = other.{{ first }} and one.{{ last }} < one.{{ first }})
        )
{% endtest %}
