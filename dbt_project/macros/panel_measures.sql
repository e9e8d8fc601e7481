{#- From the long table to one column for each measure: those of the model's contract, in its order. The seed
    `measures` says what each one is; test `contract_lists_measures` holds the two together. -#}
{% macro measure_columns(relation) -%}
    {%- for measure in model.columns if measure not in ['province_code', 'year'] -%}
    max(case when {{ relation }}.measure = '{{ measure }}' then {{ relation }}.value end)
        as {{ measure }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
