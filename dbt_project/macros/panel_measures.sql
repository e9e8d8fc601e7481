{#- From the long table to one column for each measure: those of the model's contract, in its order. The seed
    `measures` says what each one is; test `contract_lists_measures` holds the two together. A former name, which the
    contract marks with `former_name_of`, has the values of its measure. -#}
{% macro measure_columns(relation) -%}
    {%- for measure in model.columns if measure not in ['province_code', 'year'] -%}
    {%- set known_as = model.columns[measure].config.meta.get('former_name_of', measure) %}
    max(case when {{ relation }}.measure = '{{ known_as }}' then {{ relation }}.value end)
        as {{ measure }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
