{#- One printed value with its place: the value, its year, source, edition, file and row. -#}
{% macro printed_row(side) -%}
concat(
    bounded.{{ side }}value_printed, ' for ', bounded.{{ side }}year, ' in ', bounded.{{ side }}source, ' ',
    bounded.{{ side }}edition, ', ', bounded.{{ side }}file, ', ', bounded.{{ side }}location
)
{%- endmacro %}
