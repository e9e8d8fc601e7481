{#- The panel's measure columns in their order; the seed `measures` says what each one is. -#}
{% macro panel_measures() -%}
    {{ return([
        'exports_cny_100m', 'trade_cny_100m', 'export_delivery_cny_100m', 'fdi_cny_100m',
        'fie_investment_usd_1m', 'express_international_cny_100m', 'express_parcels_10k',
        'employed_10k', 'rd_industry_cny_10k', 'rd_intramural_cny_10k', 'patent_applications',
        'patent_invention_applications', 'patents_granted', 'schooling_years', 'gdp_cny_100m',
        'gdp_index', 'cpi_index', 'population_10k'
    ]) }}
{%- endmacro %}

{#- From the long table to one column a measure. -#}
{% macro measure_columns(relation) -%}
    {%- for measure in panel_measures() -%}
    max(case when {{ relation }}.measure = '{{ measure }}' then {{ relation }}.value end)
        as {{ measure }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
